//! A recovery code: a way in when the device with the one-time codes is lost. It works once.

use std::fmt;

use data_encoding::{Encoding, Specification};
use sha2::{Digest, Sha256};

use super::people::AdministratorId;

/// How many an administrator gets at once.
pub const CODES: usize = 10;

/// Random bytes of a code: 80 bits, so that not even whoever has their hashes finds one.
pub const CODE_BYTES: usize = 10;

/// Four times four letters and digits that nobody mistakes for each other.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// Of random bytes.
    pub fn from_bytes(bytes: [u8; CODE_BYTES]) -> Self {
        Self(alphabet().encode(&bytes))
    }

    /// Reads what somebody typed: blanks, hyphens and capitals make no difference.
    pub fn parse(text: &str) -> Option<Self> {
        let typed: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let bytes = alphabet().decode(typed.as_bytes()).ok()?;
        (bytes.len() == CODE_BYTES).then(|| Self(alphabet().encode(&bytes)))
    }

    /// What the table keeps. The codes of two people never have the same hash.
    pub fn hash(&self, of: AdministratorId) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"esecured/recovery-code/v1");
        hasher.update(of.0.as_bytes());
        hasher.update(self.0.as_bytes());
        data_encoding::HEXLOWER.encode(&hasher.finalize())
    }
}

impl fmt::Display for RecoveryCode {
    /// As it is shown to its owner, once.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{letter}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// Crockford's letters and digits, in small; I and L are read as 1, O as 0.
fn alphabet() -> Encoding {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("ilo");
    specification.translate.to.push_str("110");
    specification
        .encoding()
        .expect("32 symbols, and translations of others")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode::from_bytes([0, 1, 2, 3, 250, 251, 252, 253, 254, 255]);
        let shown = code.to_string();
        let groups: Vec<usize> = shown.split('-').map(str::len).collect();
        assert_eq!(groups, [4, 4, 4, 4], "{shown}");
        assert!(shown.contains('0'), "{shown}");
        let anna = AdministratorId::new();
        for typed in [
            shown.clone(),
            shown.to_uppercase(),
            shown.replace('-', ""),
            format!(" {} ", shown.replace('-', " ")),
            shown.replace('0', "O"),
        ] {
            let read = RecoveryCode::parse(&typed).expect(&typed);
            assert_eq!(read.hash(anna), code.hash(anna), "{typed}");
        }
        for other in ["", "123456", "000g-40f", "000g-40fu-zzfz-vyzzz", "ü"] {
            assert_eq!(RecoveryCode::parse(other), None, "{other}");
        }
    }

    #[test]
    fn the_same_code_of_two_people_has_two_hashes() {
        let code = RecoveryCode::from_bytes([7; CODE_BYTES]);
        let (anna, bram) = (AdministratorId::new(), AdministratorId::new());
        assert_ne!(code.hash(anna), code.hash(bram));
        assert!(!code.hash(anna).contains(&code.to_string()));
        assert_eq!(format!("{code:?}"), "RecoveryCode(…)");
    }
}
