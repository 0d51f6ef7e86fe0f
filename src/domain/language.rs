//! The two languages people are spoken to in.

use std::fmt;

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Nederlands.
    Nl,
    /// English.
    En,
}

impl Language {
    /// Both, Dutch first.
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The tag of BCP 47: `nl` or `en`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }

    /// Reads a tag such as `nl`, `NL` or `en-GB`; `None` for any other language.
    pub fn parse(text: &str) -> Option<Self> {
        let primary = text.trim().split(['-', '_']).next()?;
        match primary.to_ascii_lowercase().as_str() {
            "nl" => Some(Self::Nl),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Nl => Self::En,
            Self::En => Self::Nl,
        }
    }

    /// The better of the two for an `Accept-Language` header (RFC 9110, section 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for item in header.split(',') {
            let mut parts = item.split(';');
            let Some(language) = parts.next().and_then(Self::parse) else {
                continue;
            };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_accepted_language_wins() {
        assert_eq!(
            Language::accepted("de, en;q=0.5, nl-BE;q=0.8"),
            Some(Language::Nl)
        );
        assert_eq!(Language::accepted("en,nl"), Some(Language::En));
        assert_eq!(Language::accepted("nl;q=0, fr"), None);
    }
}
