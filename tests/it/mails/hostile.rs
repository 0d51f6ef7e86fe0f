//! What a requester, or anybody who types a name, cannot do to a mail.

use esecured::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    mail::compose::{Composed, Content, MailFacts, compose, preview::Sample},
};
use mail_parser::{HeaderValue, MessageParser};

use super::{assert_travels_well, every_mail, headers, links, templates, urls};

const HOSTILE: [&str; 9] = [
    "x\r\nBcc: victim@example.org\r\n\r\n<h1>body</h1>",
    "</td></tr></table><script>alert(1)</script><a href=\"https://evil.example\">WEIGEREN</a>",
    "https://evil.example/login www.evil.example ftp://evil.example bob@evil.example",
    "\u{202e}moc.live//:sptth\u{2066}\u{200b}\u{feff}",
    "{{portal_url}} {{{html}}} {{> mail/layout/mail.html}} {{#if x}}",
    "=?utf-8?q?Bcc:_x=40y.example?= =0D=0A \u{0}\u{7}\u{1b}[2J",
    "<!--[if mso]><v:roundrect href='https://evil.example'><![endif]--> --=_aebagbafaydqr--",
    "weigeren\u{2028}reject\u{2029}goedkeuren\u{85}approve",
    "&'\"`=<>",
];

/// Each hostile text as it is, 10 kB of it, and 10 kB of large characters.
fn hostile_values() -> Vec<String> {
    HOSTILE
        .iter()
        .flat_map(|text| [(*text).to_owned(), text.repeat(10_240 / text.len() + 1)])
        .chain(["🚚", "字", "é", "&", "e\u{301}"].map(|text| text.repeat(10_240)))
        .collect()
}

#[test]
fn hostile_values_change_no_header_and_add_no_link() {
    let templates = templates();
    let sample = Sample::new();
    let hostile = hostile_values();
    for (kind, language) in every_mail() {
        let plain = compose(&templates, &sample.facts(kind, language)).unwrap();
        for value in &hostile {
            let mut facts = sample.facts(kind, language);
            if let Some(request) = &mut facts.request {
                request.requester_name = Some(value);
                request.reason = Some(value);
            }
            let mail = compose(&templates, &facts).unwrap();
            assert_eq!(headers(&mail), headers(&plain), "{kind}: {value}");
            assert_same_skeleton(&mail, &plain);
            for domain in ["www.evil", "@evil.", "//evil."] {
                assert!(!mail.text.contains(domain), "{domain} in\n{}", mail.text);
            }

            // Names that administrators and operators typed reach the display name of `To` only.
            if let Some(account) = &mut facts.account {
                account.name = value;
            }
            facts.to_name = value;
            name_who_did_it(&mut facts, value);
            let mail = compose(&templates, &facts).unwrap();
            let names = |mail: &Composed| -> Vec<String> {
                let lines = headers(mail);
                lines
                    .iter()
                    .map(|line| line.split(':').next().unwrap().to_owned())
                    .collect()
            };
            assert_eq!(names(&mail), names(&plain), "{kind}: {value}");
            assert_same_recipient(&mail, &plain);
            assert_eq!(mail.subject, plain.subject);
            assert_same_skeleton(&mail, &plain);
        }
    }
}

fn name_who_did_it<'a>(facts: &mut MailFacts<'a>, name: &'a str) {
    match &mut facts.content {
        Content::RejectionDone { decision, .. } | Content::HandledByColleague { decision, .. } => {
            decision.by = Some(name);
            decision.absent = Some(name);
        }
        Content::AdministratorAdded { membership, .. }
        | Content::AdministratorRemoved { membership, .. }
        | Content::StandInNamed { membership, .. }
        | Content::AddressUnreachable { membership, .. } => {
            membership.by = Some(name);
            membership.name = name;
        }
        Content::Invitation { by, .. } | Content::EsecureSwitched { by, .. } => *by = Some(name),
        _ => {}
    }
    if let Content::RequesterApproved { note: Some(note) } = &mut facts.content {
        *note = name;
    }
}

fn assert_same_skeleton(mail: &Composed, plain: &Composed) {
    assert_travels_well(mail, &mail.subject);
    assert_eq!(links(&mail.html), links(&plain.html));
    assert_eq!(urls(&mail.text), urls(&plain.text));
    assert_eq!(elements(mail), elements(plain));
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains([
            '\u{202e}', '\u{2066}', '\u{2028}', '\u{200b}', '\u{1b}', '\0'
        ]));
        assert!(!part.contains("http://"));
    }
    // Nothing of theirs can start a line: what stands at a line's start is ours.
    assert_eq!(mail.text.lines().count(), plain.text.lines().count());
    let read = MessageParser::default().parse(&mail.bytes).unwrap();
    assert_eq!(read.parts.len(), 3);
    assert_eq!(
        read.body_html(0).unwrap().replace("\r\n", "\n").trim_end(),
        mail.html.trim_end()
    );
}

/// How many elements the visible part has. A mail that got too large leaves the twin of its button
/// for Outlook away.
fn elements(mail: &Composed) -> usize {
    let body = mail.html.split_once("<body").unwrap().1;
    let tags = |text: &str| text.matches('<').count();
    let twins = body.split("<!--[if mso]><v:").skip(1).map(|rest| {
        let (twin, _) = rest.split_once("<!--[if !mso]><!-->").unwrap();
        // The two that open it, and the four of the comments around the button that others see.
        tags(twin) + 6
    });
    tags(body) - twins.sum::<usize>()
}

fn assert_same_recipient(mail: &Composed, plain: &Composed) {
    let address = |mail: &Composed| {
        let read = MessageParser::default().parse(&mail.bytes).unwrap();
        assert!(read.bcc().is_none() && read.cc().is_none());
        let HeaderValue::Address(to) = read.header("To").unwrap().clone() else {
            panic!("To is no address");
        };
        let all: Vec<String> = to
            .iter()
            .map(|one| one.address().unwrap().to_owned())
            .collect();
        all
    };
    assert_eq!(address(mail), address(plain));
}

#[test]
fn the_longest_address_is_shown_whole_and_still_fits() {
    let templates = templates();
    let label = "é".repeat(20);
    let domain = [label.as_str(); 4].join(".");
    let long = format!("{}@{domain}.example", "x".repeat(64));
    let email = EmailAddress::parse(&long).unwrap();
    let sample = Sample::new();
    let hostile = hostile_values();
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
