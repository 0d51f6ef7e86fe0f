//! `mail.dkim`: whoever signs the mails that go out, where that is not left to the mail server.

use super::sections::Mail;
use super::settled::Settled;
use crate::domain::domain_name::DomainName;
use crate::mail::dkim::Dkim;

/// Reads the key; `Some(None)` where nothing is said about signing.
pub(super) fn dkim(settled: &mut Settled) -> Option<Option<Dkim>> {
    if !settled.has_section("mail.dkim") {
        return Some(None);
    }
    for path in ["mail.dkim.selector", "mail.dkim.key_file"] {
        if !settled.is_given(path) {
            settled.missing(path, " to sign mails");
        }
    }
    let domain = match settled.text("mail.dkim.domain") {
        Some(domain) if DomainName::parse(&domain).is_err() => {
            settled.wrong("mail.dkim.domain", "expected a domain such as example.com");
            None
        }
        Some(domain) => Some(domain),
        None => settled
            .mailbox("mail.from")
            .map(|from| from.email.domain().to_owned()),
    };
    let selector = settled.text("mail.dkim.selector");
    let is_name = |text: &String| {
        let part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        text.split('.').all(part)
    };
    if selector.as_ref().is_some_and(|text| !is_name(text)) {
        settled.wrong(
            "mail.dkim.selector",
            "expected letters, digits, - and _, such as esecured",
        );
        return None;
    }
    let file = settled.path("mail.dkim.key_file")?;
    match Dkim::read(domain?, selector?, &file) {
        Ok(dkim) => Some(Some(dkim)),
        Err(fault) => {
            settled.wrong("mail.dkim.key_file", &fault.to_string());
            None
        }
    }
}

/// A signature in another name than that of the sender is of no use to DMARC (RFC 9989, identifier
/// alignment).
pub(super) fn warning(mail: &Mail) -> Option<String> {
    let signs = mail.dkim.as_ref()?.domain().to_ascii_lowercase();
    let sender = mail.from.email.domain().to_ascii_lowercase();
    let is_aligned = sender == signs || sender.ends_with(&format!(".{signs}"));
    (!is_aligned).then(|| {
        "mail.dkim.domain is not the domain of mail.from: DMARC does not count its signatures"
            .to_owned()
    })
}
