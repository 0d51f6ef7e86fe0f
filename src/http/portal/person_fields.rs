//! The fields of a form that say who somebody is: name, e-mail address and language. What is wrong
//! with them is named by `parts/person_fault`, and they are shown by `parts/person_fields`.

use serde_json::{Value, json};

use super::{colleague, view};
use crate::{
    domain::{email_address::EmailAddress, language::Language, plain_line::plain_line},
    http::forms::Form,
};

/// How long a name may be, in characters; the form says so too.
const NAME_MAX: usize = 200;

/// What stands in the fields.
#[derive(Clone, Copy, Default)]
pub(in crate::http) struct PersonFields<'a> {
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) language: &'a str,
}

/// What was understood of them.
pub(in crate::http) struct Person {
    /// Without characters that hide or turn text around: what is read is all there is.
    pub(super) name: String,
    pub(super) email: EmailAddress,
    pub(super) language: Language,
}

impl<'a> PersonFields<'a> {
    /// As they were sent.
    pub(super) fn of(form: &'a Form) -> Self {
        Self {
            name: form.get("name"),
            email: form.get("email"),
            language: form.get("language"),
        }
    }

    /// Reads them; none where something is wrong with them, which is then among the faults.
    pub(super) fn understand(self, faults: &mut Vec<Value>) -> Option<Person> {
        let name = plain_line(self.name);
        let is_name = name.chars().count() <= NAME_MAX;
        if name.is_empty() {
            faults.push(fault("name_missing", Some("name")));
        } else if !is_name {
            faults.push(fault("name_long", Some("name")));
        }
        let email = colleague::address(self.email);
        if let Err(wrong) = &email {
            faults.push(fault(wrong, Some("email")));
        }
        let language = Language::parse(self.language);
        if language.is_none() {
            faults.push(fault("language_missing", Some("language")));
        }
        match (email, language) {
            (Ok(email), Some(language)) if is_name && !name.is_empty() => Some(Person {
                name,
                email,
                language,
            }),
            _ => None,
        }
    }

    /// The page's view of them, and of `rest`: the other fields, by their names.
    pub(super) fn view(self, faults: &[Value], rest: Value) -> Value {
        let mut shown = json!({
            "name": self.name,
            "email": self.email,
            "language": self.language,
        });
        view::extend(&mut shown, rest);
        let is_wrong = |field: &String| faults.iter().any(|fault| fault["field"] == **field);
        let fields = shown.as_object().into_iter().flatten();
        let wrong: Value = fields
            .map(|(field, _)| (field.clone(), json!(is_wrong(field))))
            .collect();
        shown["wrong"] = wrong;
        shown
    }
}

/// Something that is wrong, and with which field.
pub(super) fn fault(kind: &str, field: Option<&str>) -> Value {
    json!({ "kind": kind, "field": field })
}
