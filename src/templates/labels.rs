//! `templates/labels.toml`: the user guide's labels and other shared words, in both languages.

use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;

use super::LoadTemplatesError;
use crate::domain::language::Language;

/// Words by key and language.
#[derive(Clone, Debug)]
pub struct Labels(Arc<HashMap<String, Label>>);

/// Both languages are required: a label without one does not load.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    nl: String,
    en: String,
}

impl Labels {
    pub(super) fn load() -> Result<Self, LoadTemplatesError> {
        Self::read(include_str!("../../templates/labels.toml"))
    }

    fn read(text: &str) -> Result<Self, LoadTemplatesError> {
        let labels: HashMap<String, Label> =
            toml::from_str(text).map_err(|error| LoadTemplatesError::Labels(error.to_string()))?;
        match labels
            .iter()
            .find(|(_, label)| label.nl.is_empty() || label.en.is_empty())
        {
            Some((key, _)) => Err(LoadTemplatesError::Labels(format!("{key} is empty"))),
            None => Ok(Self(Arc::new(labels))),
        }
    }

    /// The word for `key`, such as `approve`; none where the file has no such key.
    pub fn get(&self, key: &str, language: Language) -> Option<&str> {
        self.0.get(key).map(|label| match language {
            Language::Nl => label.nl.as_str(),
            Language::En => label.en.as_str(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_in_one_language_does_not_load() {
        assert!(Labels::read(r#"a = { nl = "a", en = "a" }"#).is_ok());
        assert!(Labels::read(r#"a = { nl = "a" }"#).is_err());
        assert!(Labels::read(r#"a = { nl = "a", en = "" }"#).is_err());
    }

    #[test]
    fn the_labels_are_those_of_the_guide() {
        let labels = Labels::load().unwrap();
        for (key, nl, en) in [
            (
                "my_shipment_settings",
                "Mijn zendingen instellingen",
                "My Shipment Settings",
            ),
            ("access_esecure", "eSecure toegang", "Access eSecure"),
            (
                "authorized_user",
                "Geautoriseerde gebruikers",
                "Authorized User",
            ),
            (
                "customer_administrator",
                "Klantaccountbeheerder",
                "Customer Administrator",
            ),
            ("approve", "Goedkeuren", "Approve"),
            ("reject", "Afwijzen", "Reject"),
            ("reject_button", "WEIGEREN", "Reject"),
            ("add", "Toevoegen", "Add"),
            ("save", "Opslaan", "Save"),
            ("account_number", "DHL-klantnummer", "Account Number"),
            ("email_id", "E-mailadres", "Email ID"),
            ("approved", "goedgekeurd", "approved"),
        ] {
            assert_eq!(labels.get(key, Language::Nl), Some(nl));
            assert_eq!(labels.get(key, Language::En), Some(en));
        }
    }
}
