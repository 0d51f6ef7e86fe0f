//! Addresses that read alike and are not the same: a letter of another script in the domain looks
//! like the one that is known.
//!
//! Only letters beyond a-z are looked at. Whether `tulip.example` is meant to be taken for
//! `tulips.example` is for people to see.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::email_address::EmailAddress;

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
            .map(looks_like)
            .collect()
    };
    format!("{}@{}", read(local), read(&domain))
}

/// Letters of other scripts, and Latin ones that do not decompose, that are taken for a plain one
/// (from Unicode's confusables, UTS #39, what registries let into domain names).
fn looks_like(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'ь' | 'ƅ' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' | 'đ' => 'd',
        'е' | 'ҽ' => 'e',
        'ɡ' | 'ց' => 'g',
        'һ' | 'հ' | 'ħ' => 'h',
        'ı' | 'і' | 'ι' | 'ӏ' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ł' => 'l',
        'м' => 'm',
        'п' | 'ո' => 'n',
        'о' | 'ο' | 'օ' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' | 'ŧ' => 't',
        'υ' | 'ս' => 'u',
        'ν' | 'ѵ' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'γ' => 'y',
        other => other,
    }
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
