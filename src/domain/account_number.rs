//! The number that is protected.

use std::fmt;

/// An account number: 9 or 10 digits, leading zeros kept.
///
/// It prints as its last four digits; [`AccountNumber::as_str`] is the whole of it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountNumber(String);

impl AccountNumber {
    /// Reads a number as people write it: blanks and hyphens may stand between the digits.
    pub fn parse(text: &str) -> Result<Self, InvalidAccountNumber> {
        let digits: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '\t' | '\u{a0}'))
            .collect();
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAccountNumber::NotDigits);
        }
        match digits.len() {
            9 | 10 => Ok(Self(digits)),
            found => Err(InvalidAccountNumber::Length { found }),
        }
    }

    /// All digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits: what logs and subjects may show.
    pub fn last4(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(4)..).unwrap_or("")
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", self.last4())
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no account number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccountNumber {
    /// Something else than digits stands in it.
    #[error("an account number holds digits only, with blanks or hyphens between them")]
    NotDigits,
    /// Too few or too many digits.
    #[error("an account number has 9 or 10 digits, this one has {found}")]
    Length {
        /// How many digits there are.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_hyphens_are_taken_out_and_leading_zeros_stay() {
        let number = AccountNumber::parse(" 012 345-678").unwrap();
        assert_eq!(number.as_str(), "012345678");
        assert_eq!(number.to_string(), "…5678");
    }

    #[test]
    fn what_is_no_number_is_refused_with_its_reason() {
        assert_eq!(
            AccountNumber::parse("12345"),
            Err(InvalidAccountNumber::Length { found: 5 })
        );
        for text in [
            "12345678a",
            "１２３４５６７８９",
            "123.456.789",
            "+123456789",
        ] {
            assert_eq!(
                AccountNumber::parse(text),
                Err(InvalidAccountNumber::NotDigits),
                "{text}"
            );
        }
    }
}
