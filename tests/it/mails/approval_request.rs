//! The mail that everything begins with: its order, its links and its red button.

use esecured::{
    domain::{language::Language, message::MessageKind},
    mail::compose::{
        Content,
        preview::{Sample, preview},
    },
};

use super::{links, templates, urls};

#[test]
fn the_approval_request_says_everything_in_its_order() {
    let mail = preview(&templates(), MessageKind::ApprovalRequest, Language::Nl).unwrap();
    let sample = Sample::new();
    let Content::ApprovalRequest {
        portal_url,
        reject_url,
    } = sample
        .facts(MessageKind::ApprovalRequest, Language::Nl)
        .content
    else {
        unreachable!("it was asked for");
    };
    let dutch = [
        "E-mailadres",
        "joris.smit@smit-logistiek.example",
        "DHL-klantnummer",
        "112233445",
        "woorden van de aanvrager",
        "Ik verstuur de beursstand",
        "Aangevraagd op",
        "dinsdag 12 mei 2026, 09:14 CEST (07:14 UTC)",
        "Verloopt op",
        "dinsdag 26 mei 2026, 09:14 CEST (07:14 UTC)",
        "Aanvraagnummer",
        portal_url,
        "Mijn zendingen instellingen",
        "eSecure toegang",
        "Geautoriseerde gebruikers",
        "Goedkeuren",
        "WEIGEREN",
        reject_url,
        "Doe je niets?",
        "weigeren",
        "omdat je accountbeheerder bent",
    ];
    let english = [
        "Email ID",
        "Account Number",
        "requester's own words",
        "Requested on",
        "Expires on",
        "Request number",
        portal_url,
        "My Shipment Settings",
        "Access eSecure",
        "Authorized User",
        "Approve",
        "Reject",
        reject_url,
        "If you do nothing",
        "reject",
        "because you are an account administrator",
    ];
    for part in [&mail.text, &mail.html.replace("&#x27;", "'")] {
        let mut rest = part.split_once("Hallo").unwrap().1;
        for fact in dutch.iter().chain(&english) {
            let at = rest.find(fact);
            assert!(at.is_some(), "{fact} is missing or too early in\n{part}");
            rest = &rest[at.unwrap() + fact.len()..];
        }
    }
    assert_eq!(links(&mail.html).first(), Some(&portal_url));
    assert_eq!(urls(&mail.text).first(), Some(&portal_url));
}

#[test]
fn the_reject_button_is_large_and_its_words_stand_out() {
    let mail = preview(&templates(), MessageKind::ApprovalRequest, Language::Nl).unwrap();
    let button = mail
        .html
        .split("<a ")
        .find(|link| link.contains(">WEIGEREN</a>"))
        .unwrap();
    let style = button.split("style=\"").nth(1).unwrap();
    assert!(style.contains("background:#a61b1b") && style.contains("color:#fff;"));
    assert!(contrast(0xff_ff_ff, 0xa6_1b_1b) >= 4.5);
    let pixels = |property: &str| -> f64 {
        let value = style.split(property).nth(1).unwrap();
        value.split("px").next().unwrap().parse().unwrap()
    };
    // Twice the padding and one line, whose height is 1.5 as set by the layout.
    assert!(mail.html.contains("font:16px/1.5 "));
    assert!(2.0 * pixels("padding:") + 1.5 * pixels("font-size:") >= 44.0);
    assert!(mail.html.contains("height:48px"));
    assert!(mail.html.contains("<v:roundrect"));
    for (text, ground) in [
        (0x1c_27_30, 0xff_ff_ff),
        (0x5a_68_72, 0xff_ff_ff),
        (0x5a_68_72, 0xf2_f5_f6),
        (0x17_59_5e, 0xff_ff_ff),
        (0xe9_ed_f0, 0x1d_23_29),
        (0xa8_b4_bf, 0x28_30_38),
        (0x7c_c7_c3, 0x1d_23_29),
    ] {
        assert!(mail.html.contains(&format!("#{text:06x}")));
        assert!(contrast(text, ground) >= 4.5, "{text:06x} on {ground:06x}");
    }
}

/// The contrast of two colours (WCAG 2.2, relative luminance).
fn contrast(one: u32, other: u32) -> f64 {
    let luminance = |colour: u32| -> f64 {
        let linear = |shift: u32| -> f64 {
            let value = f64::from(colour >> shift & 0xff) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0)
    };
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
