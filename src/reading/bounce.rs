//! What a report about a delivery says (RFC 3464, and the common forms that
//! mail servers write instead).

use super::mime::{Message, Part};
use super::status_code::status_code;
use super::subject::{self, Sign};

/// So much of the part with the report is looked at.
const MAX_REPORT: usize = 512 * 1024;

/// So much of a free-text bounce is searched for a status code.
const MAX_PROSE: usize = 64 * 1024;

/// What became of the mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Whether the address or the mail was turned away, now or for good.
    pub severity: Severity,
    /// Whether the mail is lost.
    pub fate: Fate,
    /// The recipient it is about, if the report names one.
    pub recipient: Option<String>,
    /// Whom the mail was sent to before somebody sent it on, if the report names that.
    pub original_recipient: Option<String>,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// What the refusing server said, on one line.
    pub diagnostic: Option<String>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Permanent, and not a full mailbox (5.2.2): the address is no good.
    Hard,
    /// Temporary, delayed, or without a word about how bad it is.
    Soft,
    /// A report of success.
    None,
}

/// Where the mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The mail server gave it up.
    Returned,
    /// It is on its way still, or there: only a delay or a success was reported.
    Waiting,
}

impl Severity {
    /// The word for it in listings and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::None => "none",
        }
    }
}

/// Reads the report. The worst of several recipients counts: each of our mails
/// has one.
pub(super) fn read(message: &Message) -> Bounce {
    let status_part = message.root.walk().into_iter().find(|part| {
        matches!(
            part.media_type.as_str(),
            "message/delivery-status" | "message/global-delivery-status"
        )
    });
    status_part
        .and_then(|part| by_fields(&message.text(part, MAX_REPORT).text))
        .unwrap_or_else(|| by_prose(message))
}

fn by_fields(report: &str) -> Option<Bounce> {
    let report = report.replace('\r', "");
    let recipients = report.split("\n\n").take(200).filter_map(recipient_block);
    recipients.min_by_key(|bounce| match bounce.severity {
        Severity::Hard => 0,
        Severity::Soft => 1,
        Severity::None => 2,
    })
}

/// The fields of one recipient; a block without Action is about the report itself.
fn recipient_block(block: &str) -> Option<Bounce> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines().take(100) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let field = |name: &str| {
        fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let after_type = |value: &str| {
        value
            .split_once(';')
            .map_or(value, |(_, rest)| rest)
            .trim()
            .to_owned()
    };

    let action = field("action")?
        .split_ascii_whitespace()
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let diagnostic = field("diagnostic-code").map(after_type);
    let said = diagnostic.as_deref().and_then(status_code);
    // A server that has only an SMTP code writes 5.0.0, which says nothing.
    let status = field("status")
        .and_then(status_code)
        .filter(|status| said.is_none() || !status.ends_with(".0.0"))
        .or(said);
    let severity = match action.as_str() {
        "delivered" | "relayed" | "expanded" => Severity::None,
        "failed" => severity_of(status.as_deref()),
        _ => Severity::Soft,
    };
    let fate = match action.as_str() {
        "failed" => Fate::Returned,
        _ => Fate::Waiting,
    };
    let original_recipient = field("original-recipient").map(after_type);
    let recipient = field("final-recipient")
        .map(after_type)
        .or_else(|| original_recipient.clone());
    Some(Bounce {
        severity,
        fate,
        recipient,
        original_recipient,
        status,
        diagnostic,
    })
}

fn severity_of(status: Option<&str>) -> Severity {
    match status {
        Some("5.2.2") | None => Severity::Soft,
        Some(status) if status.starts_with('5') => Severity::Hard,
        Some(_) => Severity::Soft,
    }
}

/// Whether its text has a status code, but for what it quotes.
pub(super) fn gives_a_status(message: &Message) -> bool {
    let text = prose(message);
    let mut own = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    own.any(|line| status_code(line).is_some())
}

/// Bounces in prose, as sendmail, qmail, Exim and Domino write them.
fn by_prose(message: &Message) -> Bounce {
    let text = prose(message);
    let line = text.lines().find(|line| status_code(line).is_some());
    let status = line.and_then(status_code);
    let headers = &message.root.headers;
    let recipient = headers
        .first("x-failed-recipients")
        .and_then(|value| super::address::addresses(value).into_iter().next())
        .or_else(|| super::address::addresses(&text).into_iter().next());
    // A warning about a delay is written in the same prose, but names nobody as failed.
    let failed = headers.first("x-failed-recipients").is_some();
    let subject = super::charset::encoded_words(headers.first("subject").unwrap_or_default());
    let waits = is_warning(&subject) && !failed;
    let severity = match severity_of(status.as_deref()) {
        Severity::Hard if waits => Severity::Soft,
        severity => severity,
    };
    let came_back = failed || severity == Severity::Hard || subject::sign(&subject) == Sign::Bounce;
    Bounce {
        severity,
        fate: match came_back && !waits {
            true => Fate::Returned,
            false => Fate::Waiting,
        },
        recipient,
        original_recipient: None,
        status,
        diagnostic: line.map(|line| line.trim().to_owned()),
    }
}

/// Its text, as much of it as is searched.
fn prose(message: &Message) -> String {
    let text = message
        .root
        .walk()
        .into_iter()
        .find(|part| is_prose(part))
        .map(|part| message.text(part, MAX_REPORT).text);
    text.unwrap_or_default().chars().take(MAX_PROSE).collect()
}

/// It says that the mail is still on its way.
fn is_warning(subject: &str) -> bool {
    const SAYING_SO: [&str; 7] = [
        "delay",
        "warning",
        "vertraagd",
        "vertraging",
        "waarschuwing",
        "verzögert",
        "retard",
    ];
    let subject = subject.to_lowercase();
    SAYING_SO.iter().any(|word| subject.contains(word))
}

fn is_prose(part: &Part) -> bool {
    part.media_type == "text/plain" && part.parts.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(report: &str) -> Severity {
        by_fields(report).unwrap().severity
    }

    #[test]
    fn a_permanent_refusal_is_hard_unless_the_mailbox_is_full() {
        let report = |action: &str, status: &str| {
            format!(
                "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@example.org\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 no\n such user\n"
            )
        };
        let hard = by_fields(&report("failed", "5.1.1 (bad mailbox)")).unwrap();
        assert_eq!((hard.severity, hard.fate), (Severity::Hard, Fate::Returned));
        assert_eq!(hard.recipient.as_deref(), Some("anna@example.org"));
        assert_eq!(hard.status.as_deref(), Some("5.1.1"));
        assert_eq!(hard.diagnostic.as_deref(), Some("550 no such user"));
        assert_eq!(severity(&report("failed", "5.2.2")), Severity::Soft);
        let delayed = by_fields(&report("delayed", "4.4.1")).unwrap();
        assert_eq!(
            (delayed.severity, delayed.fate),
            (Severity::Soft, Fate::Waiting)
        );
        let given_up = by_fields(&report("failed", "4.4.7")).unwrap();
        assert_eq!(
            (given_up.severity, given_up.fate),
            (Severity::Soft, Fate::Returned)
        );
        assert_eq!(severity(&report("delayed", "5.1.1")), Severity::Soft);
        assert_eq!(severity(&report("delivered", "2.0.0")), Severity::None);
        assert_eq!(severity(&report("failed", "")), Severity::Hard);
    }

    #[test]
    fn what_the_server_said_counts_where_its_status_says_nothing() {
        let report = |diagnostic: &str| {
            format!(
                "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: {diagnostic}\n"
            )
        };
        for (diagnostic, expected) in [
            ("smtp; 552 5.2.2 Over quota", Severity::Soft),
            ("smtp; 552 Mailbox full", Severity::Soft),
            ("smtp; 550 no such user", Severity::Hard),
            ("X-Unix; 67", Severity::Hard),
        ] {
            assert_eq!(severity(&report(diagnostic)), expected, "{diagnostic}");
        }
    }

    #[test]
    fn a_warning_in_prose_is_a_delay_unless_it_names_who_failed() {
        let warning = "From: Mail Delivery System <mailer-daemon@mx.example>\nSubject: Warning: message delayed 24 hours\n\nanna@example.org: 451 4.4.1 no answer, no action is required\n";
        let read = |mail: &str| crate::reading::read(mail.as_bytes(), None).unwrap().bounce;
        let delayed = format!("Return-Path: <>\n{warning}");
        let bounce = read(&delayed).unwrap();
        assert_eq!(
            (bounce.severity, bounce.fate),
            (Severity::Soft, Fate::Waiting)
        );
        let failed = format!("X-Failed-Recipients: anna@example.org\n{warning}");
        let bounce = read(&failed).unwrap();
        assert_eq!(
            (bounce.severity, bounce.fate),
            (Severity::Soft, Fate::Returned)
        );
    }

    #[test]
    fn a_bounce_in_prose_is_understood() {
        let mail = b"From: MAILER-DAEMON@mx.example\nSubject: failure notice\n\nHi.\n<anna@example.org>:\n550 5.1.1 unknown user\n";
        let bounce = crate::reading::read(mail, None).unwrap().bounce.unwrap();
        assert_eq!(
            (bounce.severity, bounce.fate, bounce.recipient.as_deref()),
            (Severity::Hard, Fate::Returned, Some("anna@example.org"))
        );
    }

    #[test]
    fn a_bounce_without_a_code_came_back_where_its_subject_says_so() {
        for (subject, fate) in [
            (
                "DELIVERY FAILURE: User Anna (anna@example.org) not listed in Domino Directory",
                Fate::Returned,
            ),
            ("Mail System Error - Returned Mail", Fate::Returned),
            ("Delayed Mail (still being retried)", Fate::Waiting),
            ("Verzoek", Fate::Waiting),
        ] {
            let mail = format!(
                "From: MAILER-DAEMON@mx.example\nSubject: {subject}\n\nYour message to anna@example.org: no such user.\n"
            );
            let bounce = crate::reading::read(mail.as_bytes(), None).unwrap().bounce;
            let bounce = bounce.unwrap();
            assert_eq!(
                (bounce.severity, bounce.fate),
                (Severity::Soft, fate),
                "{subject}"
            );
        }
    }
}
