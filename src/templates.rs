//! What people read: the templates of pages and mails, with both languages side by side.
//!
//! All of them are built in, compiled and checked at start: [`Templates::load`] fails where a
//! template does not parse or a translation is missing. An operator can put mail templates of its
//! own in their place ([`Templates::load_with`]). Two registries hold them, because HTML is
//! escaped and plain text is not. Beyond handlebars' own, templates use
//!
//! - `{{tr "Nederlands" "English"}}` – the one in the reader's language,
//! - `{{#nl}}…{{/nl}}{{#en}}…{{/en}}` – the same for whole sentences with markup,
//! - `{{label "approve"}}` – a word of `templates/labels.toml`; `{{label "approve" lang="nl"}}`
//!   prints it in that language whoever reads,
//! - `{{#in_language other_lang}}…{{/in_language}}` – everything inside in that language.
//!
//! The root of every context holds `lang` and `other_lang`. A name that is not in the context is
//! an error, also in `{{#if name}}`: what may be absent is there and `null`.

mod embedded;
mod labels;
mod language_helpers;
mod local_time;
mod own_templates;
mod pages;
mod strict_if;
mod translations;

use std::{borrow::Cow, collections::HashMap, path::Path};

use handlebars::{Handlebars, no_escape};
use serde::Serialize;
use serde_json::Value;

use crate::domain::{
    calendar_day::CalendarDay, language::Language, message::MessageKind, timestamp::Timestamp,
};
pub use labels::Labels;
pub use own_templates::ReadOwnTemplatesError;

/// Every template, ready to be rendered. Cheap to share, never changed.
pub struct Templates {
    html: Handlebars<'static>,
    text: Handlebars<'static>,
    labels: Labels,
    /// The names of those that are the operator's own.
    own: Vec<String>,
}

/// Why the templates cannot be used: somebody changed one and broke it.
#[derive(Debug, thiserror::Error)]
pub enum LoadTemplatesError {
    /// It does not parse.
    #[error("template {name} does not parse: {source}")]
    Syntax {
        /// Its path below `templates/`, without `.hbs`.
        name: String,
        /// Where and why.
        source: Box<handlebars::TemplateError>,
    },
    /// It speaks one language only.
    #[error("template {name}: {fault}")]
    Translation {
        /// Its path below `templates/`, without `.hbs`.
        name: String,
        /// What is missing.
        fault: String,
    },
    /// `labels.toml` is not what it should be.
    #[error("labels.toml: {0}")]
    Labels(String),
    /// Those of the operator's own cannot be read.
    #[error(transparent)]
    Own(#[from] ReadOwnTemplatesError),
}

/// Why a template could not be rendered: unknown, or the context lacks something it names.
#[derive(Debug, thiserror::Error)]
pub enum RenderTemplateError {
    /// The template refused.
    #[error(transparent)]
    Template(#[from] Box<handlebars::RenderError>),
    /// What was given to it is not an object with names.
    #[error("the context of template {0} is not an object")]
    Context(String),
}

impl Templates {
    /// Compiles and checks everything that is built in.
    pub fn load() -> Result<Self, LoadTemplatesError> {
        Self::load_with(None)
    }

    /// The same, with the mail templates of a directory in place of the built-in ones of their names.
    /// Whether mails made of them keep what ours promise, [`crate::mail::check`] says.
    pub fn load_with(directory: Option<&Path>) -> Result<Self, LoadTemplatesError> {
        let own = directory.map_or_else(|| Ok(HashMap::new()), own_templates::read)?;
        let source = |name: &str, built_in: &'static str| -> Cow<'_, str> {
            own.get(name).map_or(built_in.into(), |own| own.into())
        };
        let labels = Labels::load()?;
        let mut html = registry(&labels);
        let mut text = registry(&labels);
        text.register_escape_fn(no_escape);

        for (name, built_in) in embedded::HTML.iter().copied().flatten() {
            register(&mut html, name, &source(name, built_in), &labels)?;
        }
        for (name, built_in) in embedded::TEXT.iter().copied() {
            register(&mut text, name, &source(name, built_in), &labels)?;
        }
        Ok(Self {
            html,
            text,
            labels,
            own: own.into_keys().collect(),
        })
    }

    /// Whether that mail is made with a template of the operator's own.
    pub fn replaces_any_of(&self, kind: MessageKind) -> bool {
        let folders = ["mail/layout/".to_owned(), format!("mail/{kind}/")];
        let replaced = |name: &String| folders.iter().any(|folder| name.starts_with(folder));
        self.own.iter().any(replaced)
    }

    /// A page of `templates/page/`, by its file name without `.hbs`.
    pub fn page(
        &self,
        name: &str,
        language: Language,
        context: &impl Serialize,
    ) -> Result<String, RenderTemplateError> {
        self.html(&format!("page/{name}"), language, context)
    }

    /// An HTML template, by its path below `templates/` without `.hbs`. Values are escaped.
    pub fn html(
        &self,
        name: &str,
        language: Language,
        context: &impl Serialize,
    ) -> Result<String, RenderTemplateError> {
        render(&self.html, name, language, context)
    }

    /// A plain-text template, likewise. Nothing is escaped.
    pub fn text(
        &self,
        name: &str,
        language: Language,
        context: &impl Serialize,
    ) -> Result<String, RenderTemplateError> {
        render(&self.text, name, language, context)
    }

    /// The words that templates share.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// `dinsdag 12 mei 2026, 09:14 CEST (07:14 UTC)`: a moment as people of that time zone read it.
    /// A name that is no time zone counts as UTC.
    pub fn local_time(&self, at: Timestamp, time_zone: &str, language: Language) -> String {
        local_time::local_time(&self.labels, at, time_zone, language)
    }

    /// `dinsdag 12 mei 2026`.
    pub fn day(&self, day: CalendarDay, language: Language) -> String {
        local_time::day(&self.labels, day, language)
    }
}

fn registry(labels: &Labels) -> Handlebars<'static> {
    let mut registry = Handlebars::new();
    registry.set_strict_mode(true);
    registry.set_prevent_indent(true);
    language_helpers::register(&mut registry, labels);
    strict_if::register(&mut registry);
    registry
}

fn register(
    registry: &mut Handlebars<'static>,
    name: &str,
    source: &str,
    labels: &Labels,
) -> Result<(), LoadTemplatesError> {
    registry
        .register_template_string(name, source)
        .map_err(|source| LoadTemplatesError::Syntax {
            name: name.to_owned(),
            source: Box::new(source),
        })?;
    registry.get_template(name).map_or(Ok(()), |template| {
        translations::check(template, labels).map_err(|fault| LoadTemplatesError::Translation {
            name: name.to_owned(),
            fault,
        })
    })
}

fn render(
    registry: &Handlebars<'static>,
    name: &str,
    language: Language,
    context: &impl Serialize,
) -> Result<String, RenderTemplateError> {
    let Ok(Value::Object(mut root)) = serde_json::to_value(context) else {
        return Err(RenderTemplateError::Context(name.to_owned()));
    };
    root.insert("lang".to_owned(), language.as_str().into());
    root.insert("other_lang".to_owned(), language.other().as_str().into());
    registry
        .render(name, &root)
        .map_err(|error| RenderTemplateError::Template(Box::new(error)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn html(source: &str, language: Language, context: &Value) -> Result<String, String> {
        let labels = Labels::load().unwrap();
        let mut registry = registry(&labels);
        register(&mut registry, "t", source, &labels).map_err(|error| error.to_string())?;
        render(&registry, "t", language, context).map_err(|error| error.to_string())
    }

    #[test]
    fn everything_built_in_loads() {
        Templates::load().unwrap();
    }

    #[test]
    fn the_language_is_known_inside_blocks_and_lists() {
        let source = r#"{{#each list}}{{#with this}}{{tr "hallo" "hello"}} {{label "approve"}}{{/with}}{{/each}}{{#nl}}<b>ja</b>{{/nl}}{{#en}}<b>yes</b>{{/en}}"#;
        let context = json!({ "list": [{ "a": 1 }] });
        assert_eq!(
            html(source, Language::Nl, &context).unwrap(),
            "hallo Goedkeuren<b>ja</b>"
        );
        assert_eq!(
            html(source, Language::En, &context).unwrap(),
            "hello Approve<b>yes</b>"
        );
    }

    #[test]
    fn a_block_can_change_the_language_and_it_changes_back() {
        let source = r#"{{tr "een" "one"}}{{#in_language other_lang}}{{tr "twee" "two"}}{{lang}}{{/in_language}}{{tr "drie" "three"}}{{label "add" lang="nl"}}"#;
        assert_eq!(
            html(source, Language::En, &json!({})).unwrap(),
            "onetweenlthreeToevoegen"
        );
    }

    #[test]
    fn inside_another_language_lists_go_on_and_names_stay_strict() {
        let context = json!({ "list": [{ "a": "x" }, { "a": "y" }] });
        let list = "{{#each list}}{{#in_language 'en'}}{{a}}{{@index}}{{@root/lang}} {{/in_language}}{{/each}}";
        assert_eq!(html(list, Language::Nl, &context).unwrap(), "x0en y1en ");
        let unknown = "{{#in_language 'en'}}{{gone}}{{/in_language}}";
        assert!(html(unknown, Language::Nl, &context).is_err());
    }

    #[test]
    fn what_a_helper_prints_is_escaped() {
        let source = r#"{{tr name name}}{{{tr name name}}}"#;
        let context = json!({ "name": "<i>" });
        assert_eq!(
            html(source, Language::Nl, &context).unwrap(),
            "&lt;i&gt;<i>"
        );
    }

    #[test]
    fn a_name_that_is_not_there_is_an_error_everywhere() {
        for source in [
            "{{gone}}",
            "{{#if gone}}x{{/if}}",
            "{{#unless gone}}x{{/unless}}",
            "{{#each gone}}x{{/each}}",
            "{{#with gone}}x{{/with}}",
            "{{tr gone gone}}",
            "{{label gone}}",
        ] {
            assert!(html(source, Language::Nl, &json!({})).is_err(), "{source}");
        }
        let absent = json!({ "gone": null });
        assert_eq!(
            html("{{#if gone}}x{{else}}y{{/if}}", Language::Nl, &absent).unwrap(),
            "y"
        );
    }

    #[test]
    fn a_missing_translation_does_not_load() {
        for source in [
            r#"{{tr "alleen"}}"#,
            r#"{{tr "" "only"}}"#,
            r#"{{#if (tr "alleen")}}x{{/if}}"#,
            "{{#nl}}alleen{{/nl}}",
            "{{#en}}only{{/en}}",
            "{{#if lang}}{{#nl}}alleen{{/nl}}{{/if}}",
            "{{#nl}}een{{/nl}} tussen {{#en}}one{{/en}}",
            r#"{{label "no_such_label"}}"#,
        ] {
            let error = html(source, Language::Nl, &json!({})).unwrap_err();
            assert!(error.starts_with("template t: "), "{source}: {error}");
        }
    }
}
