//! The warning about a domain that looks like another.

use esecured::{
    domain::{
        domain_name::DomainName, email_address::EmailAddress, language::Language,
        message::MessageKind,
    },
    mail::compose::{compose, preview::Sample},
};

use super::{assert_golden, assert_travels_well, templates};

#[test]
fn the_warning_looks_as_it_did_and_stands_before_every_link() {
    let sample = Sample::new();
    let known = DomainName::parse("smit-logistlek.example").unwrap();
    for language in Language::ALL {
        let mut facts = sample.facts(MessageKind::ApprovalRequest, language);
        facts.request.as_mut().unwrap().looks_like = Some(&known);
        let mail = compose(&templates(), &facts).unwrap();
        assert_golden(
            &format!("approval_request.look_alike.{language}.html"),
            mail.html.as_bytes(),
        );
        assert_golden(
            &format!("approval_request.look_alike.{language}.txt"),
            mail.text.as_bytes(),
        );
        for part in [&mail.html, &mail.text] {
            let warning = part.find("smit-logistlek").unwrap();
            assert!(warning < part.find("https://").unwrap(), "{part}");
        }
    }
}

#[test]
fn letters_that_are_not_plain_are_named_before_every_link_and_fit() {
    let sample = Sample::new();
    let long = "\u{456}αяжщшчцфхъыьэюёѓђћљњџѕєїјќўґѣ";
    for (address, named) in [
        ("joris@b\u{430}nkieren.nl".to_owned(), "xn--"),
        ("j\u{43e}ris@bankieren.nl".to_owned(), "\u{43e}"),
        (
            format!("{long}@{}.example", vec!["é".repeat(20); 4].join(".")),
            "\u{456}, ",
        ),
    ] {
        let email = EmailAddress::parse(&address).unwrap();
        for language in Language::ALL {
            let mut facts = sample.facts(MessageKind::ApprovalRequest, language);
            facts.request.as_mut().unwrap().email = &email;
            let mail = compose(&templates(), &facts).unwrap();
            assert_travels_well(&mail, &address);
            for part in [&mail.html, &mail.text] {
                let warning = part.find(named).unwrap_or_else(|| panic!("{part}"));
                assert!(warning < part.find("https://").unwrap(), "{part}");
            }
        }
    }
}

#[test]
fn the_longest_names_still_fit() {
    let label = "é".repeat(20);
    let domain = format!("{}.example", [label.as_str(); 4].join("."));
    let email = EmailAddress::parse(&format!("{}@{domain}", "x".repeat(64))).unwrap();
    let known =
        DomainName::parse(&format!("{}.example", vec!["k".repeat(60); 4].join("."))).unwrap();
    let sample = Sample::new();
    let words = "字".repeat(10_240);
    for language in Language::ALL {
        let mut facts = sample.facts(MessageKind::ApprovalRequest, language);
        facts.request.as_mut().unwrap().looks_like = Some(&known);
        facts.request.as_mut().unwrap().email = &email;
        facts.request.as_mut().unwrap().reason = Some(&words);
        facts.request.as_mut().unwrap().requester_name = Some(&words);
        facts.account.as_mut().unwrap().name = &words;
        facts.to_name = &words;
        let mail = compose(&templates(), &facts).unwrap();
        assert_travels_well(&mail, language.as_str());
        assert!(mail.text.contains(&"k".repeat(15)));
    }
}
