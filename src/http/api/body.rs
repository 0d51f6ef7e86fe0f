//! Reading a JSON body, and naming everything that is wrong with it at once.

use std::fmt;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};
use utoipa::openapi::{
    Object as ObjectSchema, ObjectBuilder, SchemaFormat, Type, schema::SchemaType,
};

use crate::{
    domain::{account_number::AccountNumber, email_address::EmailAddress, language::Language},
    http::{
        Web,
        errors::{Failure, Fault},
        whole_body::whole_body,
    },
};

/// A JSON object, with its bytes.
pub struct JsonObject {
    /// Its members.
    pub members: Map<String, Value>,
    /// As it came.
    pub bytes: Bytes,
}

impl FromRequest<Web> for JsonObject {
    type Rejection = Failure;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Failure> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !is_json {
            return Err(Failure::unsupported_media_type("application/json"));
        }
        let bytes = whole_body(request, web).await?;
        match serde_json::from_slice(&bytes) {
            Ok(Object {
                members,
                twice: None,
            }) => Ok(Self { members, bytes }),
            Ok(Object {
                twice: Some(name), ..
            }) => Err(Failure::invalid(vec![Fault {
                pointer: pointer(&name),
                detail: "stands there twice".to_owned(),
            }])),
            Err(error) if error.is_data() => {
                Err(Failure::bad_request("The body is JSON, but not an object"))
            }
            Err(error) => Err(Failure::bad_request(format!(
                "The body is not JSON: {error}"
            ))),
        }
    }
}

/// A JSON object that remembers a member said twice: no two readers agree on which of them counts
/// (RFC 8259, section 4).
struct Object {
    members: Map<String, Value>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
        let mut object = Object {
            members: Map::new(),
            twice: None,
        };
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if object.members.insert(name.clone(), value).is_some() {
                object.twice = Some(name);
            }
        }
        Ok(object)
    }
}

/// Where a member stands (RFC 6901).
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// No member that is read is longer, in characters.
const LONGEST: usize = 2_000;
/// No name of a language is longer (RFC 5646, section 4.4.1).
const LANGUAGE_MAX: usize = 35;

/// Takes members out of a body one by one; what is left over at the end is unknown.
pub struct Members {
    members: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Members {
    /// All of them.
    pub fn of(members: Map<String, Value>) -> Self {
        Self {
            members,
            faults: Vec::new(),
        }
    }

    /// A text that may be missing or blank, at most `longest` characters.
    pub fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        self.member(name, longest)
            .filter(|text| !text.trim().is_empty())
    }

    fn member(&mut self, name: &str, longest: usize) -> Option<String> {
        let value = self.members.remove(name)?;
        match value {
            Value::Null => None,
            Value::String(text) if text.chars().count() > longest => {
                self.fault(name, format!("at most {longest} characters, please"));
                None
            }
            // PostgreSQL cannot keep it, and nobody means it.
            Value::String(text) if text.contains('\0') => {
                self.fault(name, "must not contain the character U+0000".to_owned());
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.fault(name, "expected a text".to_owned());
                None
            }
        }
    }

    /// A truth value that may be missing.
    pub fn truth(&mut self, name: &str) -> Option<bool> {
        match self.members.remove(name)? {
            Value::Null => None,
            Value::Bool(truth) => Some(truth),
            _ => {
                self.fault(name, "expected true or false".to_owned());
                None
            }
        }
    }

    /// A member that `parse` understands, where it is there: a blank one is.
    pub fn maybe<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.member(name, LONGEST)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    /// A required member that `parse` understands.
    pub fn required<T, E: std::fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let faults = self.faults.len();
        let value = self.maybe(name, parse);
        if value.is_none() && self.faults.len() == faults {
            self.fault(name, "is required".to_owned());
        }
        value
    }

    /// The account number.
    pub fn account_number(&mut self) -> Option<AccountNumber> {
        self.required("accountNumber", AccountNumber::parse)
    }

    /// The e-mail address.
    pub fn email(&mut self) -> Option<EmailAddress> {
        self.required("email", EmailAddress::parse)
    }

    /// The language, where one is given.
    pub fn language(&mut self) -> Option<Language> {
        let text = self.text("language", LANGUAGE_MAX)?;
        let language = Language::parse(&text);
        if language.is_none() {
            self.fault("language", "expected nl or en".to_owned());
        }
        language
    }

    /// Everything was as expected, and nothing is left over.
    pub fn finish(mut self) -> Result<(), Failure> {
        let unknown: Vec<String> = self.members.keys().cloned().collect();
        for name in unknown {
            self.fault(&name, "is not known here".to_owned());
        }
        if self.faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::invalid(self.faults))
        }
    }

    fn fault(&mut self, name: &str, detail: String) {
        self.faults.push(Fault {
            pointer: pointer(name),
            detail,
        });
    }
}

/// An account number as people may write it.
pub(super) fn account_number_schema() -> ObjectSchema {
    let said =
        "9 or 10 digits. Blanks and hyphens between them are dropped, leading zeros are kept.";
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(said))
        .pattern(Some(r"^[ \t\u00a0-]*([0-9][ \t\u00a0-]*){9,10}$"))
        .max_length(Some(LONGEST))
        .build()
}

/// An address.
pub(super) fn email_schema() -> ObjectSchema {
    let said = "The address that wants to use the account, at most 254 bytes, without a slash. Upper \
                and lower case are the same.";
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(said))
        .format(Some(SchemaFormat::Custom("idn-email".to_owned())))
        .pattern(Some("^[^/]+@[^/]+$"))
        .max_length(Some(254))
        .build()
}

/// Whether the address was verified.
pub(super) fn email_verified_schema() -> ObjectSchema {
    let said = "Whether you know that the address belongs to whoever asks, for example because they \
                answered a mail sent there. Only then can the rule `authorized-domain` approve.";
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]))
        .description(Some(said))
        .build()
}

/// A language.
pub(super) fn language_schema() -> ObjectSchema {
    let said = "`nl` or `en`: in which language the requester is written to. Without it, the \
                language of the account.";
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(said))
        .pattern(Some("^ *(([nN][lL]|[eE][nN])([-_][^\\u0000]*)?)?$"))
        .max_length(Some(LANGUAGE_MAX))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Members {
        let Value::Object(members) = value else {
            panic!("an object")
        };
        Members::of(members)
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let mut body = members(json!({"accountNumber": 12, "email": "nobody", "color": "red"}));
        assert!(body.account_number().is_none());
        assert!(body.email().is_none());
        let pointers: Vec<String> = {
            let failed = body.finish().unwrap_err();
            format!("{failed:?}")
                .split("pointer: \"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(pointers, ["/accountNumber", "/email", "/color"]);
    }

    #[test]
    fn a_missing_member_is_required() {
        let mut body = members(json!({"email": "a@example.com"}));
        assert!(body.account_number().is_none());
        assert!(body.email().is_some());
        assert!(format!("{:?}", body.finish().unwrap_err()).contains("is required"));
    }
}
