//! The secret of somebody's one-time codes (RFC 6238).

use std::fmt;

use totp_rs::{Builder, Secret, Totp};

use super::{email_address::EmailAddress, timestamp::Timestamp};

/// Bytes of a secret: 160 bits, as RFC 4226, section 4 recommends.
pub const SECRET_BYTES: usize = 20;

/// What an app on somebody's device and we both know. SHA-1, six digits and thirty seconds: what
/// every app understands.
pub struct TotpSecret([u8; SECRET_BYTES]);

impl TotpSecret {
    /// Of random bytes.
    pub fn from_bytes(bytes: [u8; SECRET_BYTES]) -> Self {
        Self(bytes)
    }

    /// The bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8; SECRET_BYTES] {
        &self.0
    }

    /// The step of time in which a code is the right one: this one, the one before or the one
    /// after, as the clocks of devices differ. Whoever takes a code notes its step, so that neither
    /// that code nor an older one is taken again (RFC 6238, section 5.2).
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.as_seconds()).ok()?;
        let step = self.totp().check(&code, seconds)?;
        i64::try_from(step).ok()
    }

    /// In base32, in groups of four, for whoever types it.
    pub fn in_groups(&self) -> Vec<String> {
        let text: Vec<char> = self.base32().chars().collect();
        text.chunks(4).map(|group| group.iter().collect()).collect()
    }

    /// The link that an app reads from a QR code (`otpauth://`, the Key URI format).
    pub fn link(&self, issuer: &str, account: &EmailAddress) -> String {
        let encode = |text: &str| {
            let strict = percent_encoding::NON_ALPHANUMERIC;
            percent_encoding::utf8_percent_encode(text, strict).to_string()
        };
        // The colon parts the two, so the issuer has none.
        let issuer = encode(&issuer.replace(':', " "));
        let account = encode(account.as_typed());
        let secret = self.base32();
        format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
    }

    fn base32(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.0)
    }

    fn totp(&self) -> Totp {
        Builder::new()
            .with_secret(Secret::new_stack(self.0))
            .build()
            .expect("the defaults and 160 bits are what the RFC asks for")
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B, whose codes of eight digits end in these six.
    fn rfc() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_seconds(seconds);
            assert_eq!(rfc().step_of(code, now), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_and_one_step_late() {
        let step = 1_111_111_109 / 30;
        let at = |steps: i64| Timestamp::from_seconds((step + steps) * 30 + 7);
        for (steps, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = rfc().step_of("081804", at(steps));
            assert_eq!(found, taken.then_some(step), "{steps}");
        }
        assert_eq!(rfc().step_of(" 081 804 ", at(0)), Some(step));
        for odd in ["", "08180", "0818041", "abcdef", "०८१८०४"] {
            assert_eq!(rfc().step_of(odd, at(0)), None, "{odd}");
        }
    }

    #[test]
    fn it_is_shown_in_groups_and_as_a_link() {
        assert_eq!(
            rfc().in_groups().join(" "),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        let anna = EmailAddress::parse("anna+x@tulips.example").unwrap();
        assert_eq!(
            rfc().link("eSecure: de Wit & co", &anna),
            "otpauth://totp/eSecure%20%20de%20Wit%20%26%20co:anna%2Bx%40tulips%2Eexample\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=eSecure%20%20de%20Wit%20%26%20co"
        );
        assert_eq!(format!("{:?}", rfc()), "TotpSecret(…)");
    }
}
