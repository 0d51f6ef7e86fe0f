//! The short number of a request, which people read out to each other.

use std::{fmt, str::FromStr};

/// The short name of a request, for people: `R-7Q4K9`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestNumber(String);

/// Crockford's base 32: no I, L, O or U, so that a number survives a telephone.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl RequestNumber {
    /// Makes a number of `digits` digits (5 as a rule, more where five are used up) from random bits.
    pub fn from_bits(bits: u64, digits: u32) -> Self {
        let text = (0..digits.min(12)).map(|place| {
            let digit = usize::try_from((bits >> (5 * place)) & 31).unwrap_or(0);
            char::from(DIGITS[digit])
        });
        Self(format!("R-{}", text.collect::<String>()))
    }

    /// As it is printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is no request number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request number looks like R-7Q4K9")]
pub struct InvalidRequestNumber;

impl FromStr for RequestNumber {
    type Err = InvalidRequestNumber;

    /// Reads a number as somebody may type it: any case, `O` for `0`, `I` and `L` for `1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let upper = text.trim().to_ascii_uppercase();
        let digits = upper.strip_prefix("R-").ok_or(InvalidRequestNumber)?;
        let read: String = digits
            .chars()
            .map(|c| match c {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let known = read.bytes().all(|byte| DIGITS.contains(&byte));
        if known && (5..=12).contains(&read.len()) {
            Ok(Self(format!("R-{read}")))
        } else {
            Err(InvalidRequestNumber)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_back_as_somebody_types_it() {
        let number = RequestNumber::from_bits(0x1234_5678, 5);
        assert_eq!(number.as_str().to_lowercase().parse(), Ok(number.clone()));
        assert_eq!(
            "r-oIl00".parse::<RequestNumber>().unwrap().as_str(),
            "R-01100"
        );
        assert!("R-12U45".parse::<RequestNumber>().is_err());
    }
}
