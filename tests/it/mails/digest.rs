//! The mail in which several requests stand.

use esecured::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    mail::compose::{Content, compose, preview::Sample},
    workflow::gather::REQUESTS_MAX,
};

use super::{assert_travels_well, links, templates, urls};

#[test]
fn each_request_has_its_facts_and_links_once_and_the_portal_comes_first() {
    let templates = templates();
    let sample = Sample::new();
    for language in Language::ALL {
        let facts = sample.facts(MessageKind::Digest, language);
        let mail = compose(&templates, &facts).unwrap();
        let Content::Digest {
            portal_url,
            requests,
        } = &facts.content
        else {
            unreachable!("it was asked for");
        };
        assert!(mail.subject.contains('3'), "{}", mail.subject);
        assert_eq!(links(&mail.html)[0], *portal_url);
        assert_eq!(urls(&mail.text)[0], *portal_url);
        for part in [&mail.text, &mail.html] {
            let mut rest = part.as_str();
            for request in requests {
                for fact in [
                    request.facts.email.as_typed(),
                    request.account.as_str(),
                    request.portal_url,
                    request.reject_url,
                ] {
                    let at = rest.find(fact);
                    rest = &rest[at.unwrap_or_else(|| panic!("{fact} is not in\n{part}"))..];
                }
                assert_eq!(part.matches(request.facts.email.as_typed()).count(), 1);
            }
        }
        assert_eq!(mail.html.matches("/r/").count(), 3);
        assert_eq!(mail.text.matches("/r/").count(), 3);
        let warning = match language {
            Language::Nl => "Let op: dit domein lijkt op smit-logistiek.example.",
            Language::En => "Please note: this domain looks like smit-logistiek.example.",
        };
        assert!(mail.text.contains(warning) && mail.html.contains(warning));
    }
}

#[test]
fn the_button_of_each_request_is_high_enough_to_press() {
    let templates = templates();
    let sample = Sample::new();
    let mail = compose(&templates, &sample.facts(MessageKind::Digest, Language::Nl)).unwrap();
    let button = mail.html.split("<a ").find(|link| link.contains("/r/"));
    let style = button.unwrap().split("style=\"").nth(1).unwrap();
    // Twice the padding, and a line of 16 px at 1.5.
    assert!(style.contains("padding:10px 20px") && mail.html.contains("font:16px/1.5 "));
    assert!(style.contains("background:#a61b1b") && style.contains("color:#fff;"));
}

#[test]
fn a_usual_full_digest_fits_with_everything_that_makes_it_nice() {
    let templates = templates();
    let sample = Sample::new();
    let usual = EmailAddress::parse("johannes.van.der.meer@transportbedrijf.example").unwrap();
    for language in Language::ALL {
        let mut facts = sample.facts(MessageKind::Digest, language);
        if let Content::Digest { requests, .. } = &mut facts.content {
            let mut one = requests[0].clone();
            one.facts.email = &usual;
            *requests = vec![one; usize::try_from(REQUESTS_MAX).unwrap()];
        }
        let mail = compose(&templates, &facts).unwrap();
        assert_travels_well(&mail, "full");
        assert!(mail.html.contains("<style>"), "{}", mail.bytes.len());
    }
}

#[test]
fn one_request_is_spoken_of_as_one() {
    let templates = templates();
    let sample = Sample::new();
    let mut facts = sample.facts(MessageKind::Digest, Language::En);
    if let Content::Digest { requests, .. } = &mut facts.content {
        requests.truncate(1);
    }
    let mail = compose(&templates, &facts).unwrap();
    assert!(mail.subject.starts_with("1 request is waiting for you"));
    assert!(mail.subject.ends_with("1 aanvraag wacht op je"));
    assert!(mail.text.contains("this e-mail address is not among"));
}
