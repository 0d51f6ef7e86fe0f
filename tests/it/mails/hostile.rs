//! What a requester, or anybody who types a name, cannot do to a mail. That none of ours lets them,
//! `mail check` says in `cli/own_mails.rs`.

use std::fs;

use esecured::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    mail::{
        check::{check, hostile_texts},
        compose::{compose, preview::Sample},
    },
    templates::Templates,
};

use super::{assert_travels_well, links, templates};

/// What `check` says of a mail with one template in place of ours.
fn said_of(kind: MessageKind, template: &str, source: &str) -> Vec<String> {
    let own = tempfile::tempdir().unwrap();
    let file = own.path().join("mail").join(format!("{template}.hbs"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, source).unwrap();
    let templates = Templates::load_with(Some(own.path())).unwrap();
    let mails = check(&templates, &self::templates(), &[kind]);
    mails.into_iter().flat_map(|mail| mail.faults).collect()
}

#[test]
fn a_template_that_lets_them_is_found() {
    let kind = MessageKind::ApprovalRequest;
    let said = said_of(
        kind,
        "approval_request/nl.html",
        "<p>{{{reason}}}</p><a href=\"{{portal_url}}\">x</a>",
    )
    .join("\n");
    assert!(said.contains("what people typed becomes markup"), "{said}");
    assert!(
        said.contains("a block of the HTML part does not say R-7Q4K9"),
        "{said}"
    );

    let subject = "{{#nl}}Vraag{{/nl}}{{#en}}Question{{/en}} {{requester_name}}";
    let said = said_of(kind, "approval_request/subject", subject).join("\n");
    assert!(
        said.contains("its headers change with what people typed"),
        "{said}"
    );

    // The red button is not a matter of taste.
    let said = said_of(kind, "layout/reject_button.html", "<p>-</p>").join("\n");
    assert!(
        said.contains("a block of the HTML part does not link to https://"),
        "{said}"
    );
    let text = "Hallo {{to_name}}, {{email}} {{number}}\n{{portal_url}}\n";
    let said = said_of(kind, "approval_request/nl.txt", text).join("\n");
    // Though the English block has it still.
    assert!(
        said.contains("a block of the text part does not link to https://esecure.example.net/r/"),
        "{said}"
    );

    // Nor may the first link be the one that rejects, or anything run, load or hide.
    let html = "<p><a href=\"{{reject_url}}\">x</a><a href=\"https://track.example/{{email}}\">x</a>\
        <img src=\"x\"><b style=\"display: none\">{{account_number}}</b><!-- <a href=\"{{portal_url}}\"> --></p>";
    let said = said_of(kind, "approval_request/nl.html", html).join("\n");
    for fault in [
        "its first link rejects",
        "what people typed becomes a link",
        "the HTML part holds <img",
        "the HTML part hides what it says",
        "a block of the HTML part does not link to https://esecure.example.net/requests/",
        "the text part does not link to https://track.example/",
    ] {
        assert!(said.contains(fault), "no {fault:?} in {said}");
    }
    let subject = "{{#nl}}Vraag{{/nl}}{{#en}}Question{{/en}} {{email}}";
    let said = said_of(kind, "approval_request/subject", subject).join("\n");
    assert!(
        said.contains("its headers change with what people typed"),
        "{said}"
    );

    let kind = MessageKind::RequesterReceived;
    let text = "Hallo, {{account_name}}";
    let said = said_of(kind, "requester_received/nl.txt", text).join("\n");
    assert!(
        said.contains("tells whoever asks what others wrote: Bakkerij Jansen"),
        "{said}"
    );

    let kind = MessageKind::DigestReply;
    let said = said_of(kind, "digest_reply/nl.html", "{{gone}}").join("\n");
    assert!(said.contains("cannot be made: "), "{said}");
}

#[test]
fn the_longest_address_is_shown_whole_and_still_fits() {
    let templates = templates();
    let label = "é".repeat(20);
    let domain = [label.as_str(); 4].join(".");
    let long = format!("{}@{domain}.example", "x".repeat(64));
    let email = EmailAddress::parse(&long).unwrap();
    let sample = Sample::new();
    let hostile = hostile_texts();
    for language in Language::ALL {
        for value in &hostile {
            let mut facts = sample.facts(MessageKind::ApprovalRequest, language);
            let request = facts.request.as_mut().unwrap();
            request.email = &email;
            request.reason = Some(value);
            request.requester_name = Some(value);
            facts.account.as_mut().unwrap().name = value;
            facts.to_name = value;
            let mail = compose(&templates, &facts).unwrap();
            assert_travels_well(&mail, value);
            assert!(mail.text.lines().any(|line| line.ends_with(&long)));
        }
    }
}

#[test]
fn mails_to_a_requester_hold_no_text_that_anybody_chose() {
    let templates = templates();
    let sample = Sample::new();
    for kind in [
        MessageKind::RequesterReceived,
        MessageKind::RequesterApproved,
        MessageKind::RequesterRejected,
        MessageKind::RequesterExpired,
    ] {
        for language in Language::ALL {
            let mut facts = sample.facts(kind, language);
            let request = facts.request.as_mut().unwrap();
            request.requester_name = Some("Spamverkoper");
            request.reason = Some("Spamverkoper");
            facts.to_name = "Spamverkoper";
            let mail = compose(&templates, &facts).unwrap();
            let whole = String::from_utf8(mail.bytes).unwrap() + &mail.text + &mail.html;
            assert!(!whole.contains("Spamverkoper"), "{kind}");
            // Nor what the asker is not entitled to know.
            assert!(!whole.contains("112233445"), "{kind}");
            assert!(!whole.contains("Bakkerij"), "{kind}");
            assert!(whole.contains("3445"), "{kind}");
            assert!(links(&mail.html).is_empty(), "{kind}");
        }
    }
}
