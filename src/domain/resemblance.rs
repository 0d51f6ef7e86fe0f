//! Addresses that read alike and are not the same: a letter of another script in the domain looks
//! like the one that is known.
//!
//! Only letters beyond a-z are looked at. Whether `tulip.example` is meant to be taken for
//! `tulips.example` is for people to see.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{email_address::EmailAddress, letter_shape::latin_letter};

/// Whether two different addresses read alike.
pub fn resemble(one: &EmailAddress, other: &EmailAddress) -> bool {
    one != other && shape(one) == shape(other)
}

/// How an eye reads an address: without what stands on, in and below letters, and each letter as the
/// Latin one that it looks like.
fn shape(email: &EmailAddress) -> String {
    let (local, _) = email.key().rsplit_once('@').unwrap_or_default();
    let (domain, _) = idna::domain_to_unicode(email.domain());
    let read = |text: &str| -> String {
        text.nfkd()
            .filter(|c| !is_combining_mark(*c))
            .flat_map(char::to_lowercase)
            .map(latin_letter)
            .collect()
    };
    format!("{}@{}", read(local), read(&domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_other_letters_resembles_the_one_it_is_taken_for() {
        let address = |text| EmailAddress::parse(text).unwrap();
        let anna = address("anna@tulips.example");
        for alike in [
            "anna@tulıps.example",
            "anna@tulірѕ.example",
            "ANNA@tülips.example",
            "anna@túlips.example",
            "аnna@tulips.example",
        ] {
            assert!(resemble(&anna, &address(alike)), "{alike}");
            assert!(resemble(&address(alike), &anna), "{alike}");
        }
        for other in [
            "Anna@Tulips.Example",
            "anna@tulip.example",
            "bram@tulips.example",
            "anna@rozen.example",
        ] {
            assert!(!resemble(&anna, &address(other)), "{other}");
        }
        let bucher = address("anna@bücher.example");
        assert!(!resemble(&bucher, &address("anna@xn--bcher-kva.example")));
    }
}
