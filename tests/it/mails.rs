//! The mails we send: how they look, what they promise, and what no requester can do to them.
//!
//! Golden files stand in `tests/golden/mail/`; `UPDATE_GOLDEN=1` writes them anew.

mod approval_request;
mod can_i_email;
mod digest;
mod hostile;
mod look_alike;
mod signed;
mod spam_score;
mod stand_in;
mod text_part;

use std::{fs, path::PathBuf};

use esecured::{
    domain::{email_address::EmailAddress, language::Language, message::MessageKind},
    mail::compose::{
        Composed, Content, SIZE_MAX, compose,
        preview::{Sample, preview},
    },
    templates::Templates,
};
use mail_parser::{MessageParser, MimeHeaders};

/// The mails to administrators that are not about one request.
const NOT_ABOUT_A_REQUEST: [MessageKind; 13] = [
    MessageKind::Digest,
    MessageKind::DigestReply,
    MessageKind::Invitation,
    MessageKind::AdministratorAdded,
    MessageKind::AdministratorRemoved,
    MessageKind::StandInNamed,
    MessageKind::StandInEnded,
    MessageKind::AddressUnreachable,
    MessageKind::EsecureSwitched,
    MessageKind::AliasChanged,
    MessageKind::Overturned,
    MessageKind::SignInChanged,
    MessageKind::TestMail,
];

fn templates() -> Templates {
    Templates::load().unwrap()
}

fn every_mail() -> impl Iterator<Item = (MessageKind, Language)> {
    MessageKind::ALL
        .iter()
        .flat_map(|kind| Language::ALL.map(|language| (*kind, language)))
}

fn assert_golden(name: &str, actual: &[u8]) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/mail")
        .join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
    }
    let golden = fs::read(&path).unwrap_or_default();
    assert!(
        golden == actual,
        "{name} is not as it was; UPDATE_GOLDEN=1 writes it anew:\n{}",
        String::from_utf8_lossy(actual)
    );
}

/// The header block, unfolded: one line for each header.
fn headers(mail: &Composed) -> Vec<String> {
    let text = String::from_utf8(mail.bytes.clone()).unwrap();
    let (block, _) = text.split_once("\r\n\r\n").unwrap();
    block
        .replace("\r\n ", " ")
        .split("\r\n")
        .map(str::to_owned)
        .collect()
}

fn header<'a>(headers: &'a [String], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Every place in the HTML part that a click or a mail program follows, in order.
fn links(html: &str) -> Vec<&str> {
    html.split("<a ")
        .skip(1)
        .filter_map(|link| link.split("href=\"").nth(1))
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

/// What a mail program would make a link of in plain text.
fn urls(text: &str) -> Vec<&str> {
    text.match_indices("http")
        .map(|(start, _)| text[start..].split_whitespace().next().unwrap())
        .collect()
}

#[test]
fn every_mail_looks_as_it_did() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        assert_golden(&format!("{kind}.{language}.eml"), &mail.bytes);
        assert_golden(&format!("{kind}.{language}.html"), mail.html.as_bytes());
        assert_golden(&format!("{kind}.{language}.txt"), mail.text.as_bytes());
    }
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let (once, again) = (templates(), templates());
    for (kind, language) in every_mail() {
        let one = preview(&once, kind, language).unwrap();
        let other = preview(&again, kind, language).unwrap();
        assert_eq!(one.bytes, other.bytes);
    }
}

#[test]
fn every_mail_is_small_and_made_of_short_seven_bit_lines() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        assert_travels_well(&mail, &format!("{kind} {language}"));
    }
}

fn assert_travels_well(mail: &Composed, name: &str) {
    assert!(
        mail.bytes.len() <= SIZE_MAX,
        "{name} has {} bytes",
        mail.bytes.len()
    );
    assert!(mail.bytes.is_ascii(), "{name}");
    let text = std::str::from_utf8(&mail.bytes).unwrap();
    let without_pairs = text.replace("\r\n", "");
    assert!(!without_pairs.contains(['\r', '\n']), "{name}");
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    for line in body.split("\r\n") {
        assert!(line.len() <= 76, "{name}: {line}");
    }
    for line in head.split("\r\n") {
        // A word that holds no blank cannot be folded (RFC 5322, section 2.1.1, allows 998).
        let foldable = line.trim_start().matches(' ').count() > 1;
        assert!(line.len() <= 78 || !foldable, "{name}: {line}");
    }
}

#[test]
fn every_mail_reads_back_as_it_was_written() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        let read = MessageParser::default().parse(&mail.bytes).unwrap();
        assert_eq!(read.subject(), Some(mail.subject.as_str()));
        assert_eq!(
            read.body_text(0).unwrap().replace("\r\n", "\n").trim_end(),
            mail.text.trim_end()
        );
        assert_eq!(
            read.body_html(0).unwrap().replace("\r\n", "\n").trim_end(),
            mail.html.trim_end()
        );
        let top = read.content_type().unwrap();
        assert_eq!(top.subtype(), Some("alternative"));
        let order: Vec<_> = read.parts[1..]
            .iter()
            .map(|part| part.content_type().unwrap().subtype().unwrap())
            .collect();
        assert_eq!(order, ["plain", "html"]);
        assert_eq!(read.date().unwrap().to_rfc3339(), "2026-05-12T07:14:02Z");
    }
}

#[test]
fn the_headers_say_what_kind_of_mail_it_is() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        let headers = headers(&mail);
        let answer = matches!(
            kind,
            MessageKind::ApprovalNeedsSignIn
                | MessageKind::ReplyNotUnderstood
                | MessageKind::ReplyRefused
                | MessageKind::RejectionDone
                | MessageKind::DigestReply
        );
        let auto = if answer {
            "auto-replied"
        } else {
            "auto-generated"
        };
        assert_eq!(header(&headers, "Auto-Submitted"), Some(auto), "{kind}");
        assert_eq!(
            header(&headers, "X-Auto-Response-Suppress"),
            Some("OOF, AutoReply")
        );
        let languages = match language {
            Language::Nl => "nl, en",
            Language::En => "en, nl",
        };
        assert_eq!(header(&headers, "Content-Language"), Some(languages));
        assert_eq!(
            header(&headers, "Message-ID"),
            Some("<m.aebagbafaydqr@esecure.example.net>")
        );
        let about_a_request = !NOT_ABOUT_A_REQUEST.contains(&kind);
        let starts_thread = !about_a_request && kind != MessageKind::DigestReply
            || matches!(
                kind,
                MessageKind::ApprovalRequest | MessageKind::RequesterReceived
            );
        let first = (!starts_thread).then_some("<m.aebagbafaydqq@esecure.example.net>");
        assert_eq!(header(&headers, "In-Reply-To"), first);
        assert_eq!(header(&headers, "References"), first);
        let subject = header(&headers, "Subject").unwrap();
        assert_eq!(subject.contains("R-7Q4K9"), about_a_request, "{subject}");
        assert!(!subject.contains("112233445"), "{subject}");
        assert!(!subject.to_lowercase().contains("joris"), "{subject}");
    }
}

#[test]
fn the_thread_is_named_oldest_first_and_foreign_nonsense_is_left_out() {
    let templates = templates();
    let sample = Sample::new();
    let mut facts = sample.facts(MessageKind::ReplyNotUnderstood, Language::Nl);
    facts.references = &["<one@a.example>", "not an id", "a@b>\r\nBcc: <x@y.example"];
    facts.in_reply_to = Some("<two@b.example>");
    let mail = compose(&templates, &facts).unwrap();
    let lines = headers(&mail);
    assert_eq!(
        header(&lines, "References"),
        Some("<one@a.example> <two@b.example>")
    );
    assert_eq!(header(&lines, "In-Reply-To"), Some("<two@b.example>"));

    facts.references = &[];
    facts.in_reply_to = Some("<x@y.example>\r\nBcc: z@y.example");
    let mail = compose(&templates, &facts).unwrap();
    assert_eq!(header(&headers(&mail), "In-Reply-To"), None);
}

#[test]
fn the_recipients_language_comes_first() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        let first = mail.html.find(&format!("<td lang=\"{language}\""));
        let second = mail
            .html
            .find(&format!("<td lang=\"{}\"", language.other()));
        assert!(first.unwrap() < second.unwrap());
        assert!(mail.html.contains(&format!("<html lang=\"{language}\"")));
        let greeting = match language {
            Language::Nl => "Hallo",
            Language::En => "Hello",
        };
        let first_hello = mail.text.find("Hallo").min(mail.text.find("Hello"));
        assert_eq!(mail.text.find(greeting), first_hello, "{kind} {language}");
    }
}

#[test]
fn nothing_in_a_mail_tracks_or_loads() {
    let templates = templates();
    for (kind, language) in every_mail() {
        let mail = preview(&templates, kind, language).unwrap();
        for sign in [
            "<img", "url(", "@import", "<link", "<script", "src=", "http://",
        ] {
            assert!(!mail.html.contains(sign), "{kind} {language}: {sign}");
        }
    }
}

#[test]
fn an_address_that_needs_smtputf8_is_refused_and_an_international_domain_is_encoded() {
    let templates = templates();
    let sample = Sample::new();
    let mut facts = sample.facts(MessageKind::Expired, Language::Nl);
    let local = EmailAddress::parse("mıke@example.org").unwrap();
    facts.to = &local;
    assert!(compose(&templates, &facts).is_err());

    let domain = EmailAddress::parse("Anna@bücher.example").unwrap();
    facts.to = &domain;
    let mail = compose(&templates, &facts).unwrap();
    assert_eq!(
        header(&headers(&mail), "To"),
        Some("\"Anna Jansen\" <Anna@xn--bcher-kva.example>")
    );
}

#[test]
fn who_was_added_or_removed_is_spoken_to_and_the_others_are_told() {
    let templates = templates();
    let sample = Sample::new();
    for (kind, to_colleagues, to_the_person) in [
        (
            MessageKind::AdministratorAdded,
            "Carla Bakker is nu ook accountbeheerder",
            "Je bent nu ook accountbeheerder",
        ),
        (
            MessageKind::AdministratorRemoved,
            "Carla Bakker is geen accountbeheerder meer",
            "Je bent geen accountbeheerder meer",
        ),
    ] {
        let mut facts = sample.facts(kind, Language::Nl);
        let told = compose(&templates, &facts).unwrap();
        assert!(told.text.contains(to_colleagues), "{}", told.text);
        assert!(told.text.contains("carla@bakkerij-jansen.example"));
        if let Content::AdministratorAdded { membership, .. }
        | Content::AdministratorRemoved { membership, .. } = &mut facts.content
        {
            membership.is_recipient = true;
        }
        let spoken_to = compose(&templates, &facts).unwrap();
        assert!(spoken_to.text.contains(to_the_person), "{}", spoken_to.text);
        assert!(!spoken_to.text.contains("Carla Bakker"));
        assert_travels_well(&spoken_to, "to the person");
    }
}

#[test]
fn without_undo_the_rejection_still_shows_the_way_back() {
    let templates = templates();
    let sample = Sample::new();
    for language in Language::ALL {
        let mut facts = sample.facts(MessageKind::RejectionDone, language);
        if let Content::RejectionDone { undo, .. } = &mut facts.content {
            *undo = None;
        }
        let mail = compose(&templates, &facts).unwrap();
        assert!(!mail.text.contains("/u/"));
        assert!(mail.text.contains("/requests/"));
    }
}
