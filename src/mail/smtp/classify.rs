//! What became of a mail: from a step that went wrong to a [`Delivery`].
//!
//! The class comes from the reply's code, as the library tells it, never from
//! its text; the text is only passed on, to be read by a person.

use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::{Response, Severity};

use super::breaker::Standing;
use super::delivery::Delivery;

/// The longest reply text that is passed on, in characters.
const LONGEST_LINE: usize = 300;

/// "Authentication required" (RFC 4954, section 6) and "Must issue a STARTTLS
/// command first" (RFC 3207, section 4): a 5xx about the session, whichever
/// command it answers.
const SIGN_IN_FIRST: u16 = 530;

/// "Service not available, closing transmission channel" (RFC 5321, section 4.2.3): about the server,
/// whichever command it answers.
const CLOSING: u16 = 421;

/// "Exceeded storage allocation" (RFC 5321, section 4.2.3): of the recipient, where it answers RCPT.
const NO_ROOM: u16 = 552;

/// The step of a delivery at which something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Handshake,
    Greeting,
    StartTls,
    SignIn,
    Sender,
    Recipient,
    Text,
    Confirmation,
}

impl Step {
    fn words(self) -> &'static str {
        match self {
            Self::Connect => "the connection",
            Self::Handshake => "the TLS handshake",
            Self::Greeting => "our greeting",
            Self::StartTls => "STARTTLS",
            Self::SignIn => "the sign-in",
            Self::Sender => "the sender",
            Self::Recipient => "the recipient",
            Self::Text => "the text",
            Self::Confirmation => "the complete mail",
        }
    }

    /// Whether the step is about one mail rather than about the server.
    fn concerns_the_mail(self) -> bool {
        match self {
            Self::Connect | Self::Handshake | Self::Greeting | Self::StartTls | Self::SignIn => {
                false
            }
            Self::Sender | Self::Recipient | Self::Text | Self::Confirmation => true,
        }
    }
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum Cause {
    /// A 5xx reply.
    Permanent { code: u16, text: String },
    /// A 4xx reply.
    Transient { code: u16, text: String },
    /// No connection, or a lost one.
    Lost(String),
    /// Half a reply, or one that is not SMTP.
    Unintelligible,
    /// No reply in time.
    Late(Duration),
    /// The server lacks something that this mail or this configuration needs.
    Lacking(&'static str),
    /// Its certificate is not acceptable, and why.
    Untrusted(String),
    /// There is no access token to sign in with, and why.
    NoToken(String),
}

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        let text = std::error::Error::source(&error)
            .map(ToString::to_string)
            .unwrap_or_default();
        match error.status() {
            Some(code) if error.is_permanent() => Self::Permanent {
                code: code.into(),
                text,
            },
            Some(code) if error.is_transient() => Self::Transient {
                code: code.into(),
                text,
            },
            _ if error.is_response() => Self::Unintelligible,
            _ => Self::Lost(text),
        }
    }
}

impl From<std::io::Error> for Cause {
    fn from(error: std::io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl From<Response> for Cause {
    /// The cause that a reply is, where the step expected another one.
    fn from(reply: Response) -> Self {
        let code = reply.code().into();
        let text = reply.message().collect::<Vec<_>>().join(" ");
        match reply.code().severity {
            Severity::PermanentNegativeCompletion => Self::Permanent { code, text },
            Severity::TransientNegativeCompletion => Self::Transient { code, text },
            Severity::PositiveCompletion | Severity::PositiveIntermediate => Self::Unintelligible,
        }
    }
}

impl Cause {
    /// The same with the server's words gone through.
    pub(super) fn without(self, hide: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Permanent { code, text } => Self::Permanent {
                code,
                text: hide(&text),
            },
            Self::Transient { code, text } => Self::Transient {
                code,
                text: hide(&text),
            },
            other => other,
        }
    }
}

/// A step that did not succeed, and why.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) step: Step,
    pub(super) cause: Cause,
}

impl Trouble {
    /// Whether the server goes on listening after it.
    pub(super) fn leaves_a_session(&self) -> bool {
        match self.cause {
            Cause::Transient { code: CLOSING, .. } => false,
            Cause::Permanent { .. } | Cause::Transient { .. } | Cause::Lacking(_) => true,
            Cause::Lost(_)
            | Cause::Unintelligible
            | Cause::Late(_)
            | Cause::Untrusted(_)
            | Cause::NoToken(_) => false,
        }
    }

    /// What it shows of the server, whatever becomes of the mail.
    pub(super) fn standing(&self) -> Standing {
        if !self.step.concerns_the_mail() {
            return Standing::Away;
        }
        match self.cause {
            Cause::Transient { code: CLOSING, .. }
            | Cause::Permanent {
                code: SIGN_IN_FIRST,
                ..
            } => Standing::Away,
            Cause::Permanent { .. } | Cause::Transient { .. } | Cause::Lacking(_) => {
                Standing::Serves
            }
            Cause::Lost(_)
            | Cause::Unintelligible
            | Cause::Late(_)
            | Cause::Untrusted(_)
            | Cause::NoToken(_) => Standing::Unsaid,
        }
    }

    /// Whether the server is there and does not accept who we say we are.
    pub(super) fn refuses_the_sign_in(&self) -> bool {
        self.step == Step::SignIn && matches!(self.cause, Cause::Permanent { .. })
    }

    /// Whether it is the address of the recipient that the server refuses for good, rather than us
    /// or this mail. That is told by the step, and where the server gives one by its enhanced status
    /// code (RFC 3463): a sender (5.1.7, 5.1.8) or a policy (5.7) says nothing about it.
    fn refuses_the_recipient(&self) -> bool {
        const NOT_THE_ADDRESS: [&str; 3] = ["5.1.7", "5.1.8", "5.7."];

        match &self.cause {
            Cause::Permanent { text, .. } => {
                self.step == Step::Recipient
                    && !NOT_THE_ADDRESS.iter().any(|code| text.starts_with(code))
            }
            Cause::Transient { .. }
            | Cause::Lost(_)
            | Cause::Unintelligible
            | Cause::Late(_)
            | Cause::Lacking(_)
            | Cause::Untrusted(_)
            | Cause::NoToken(_) => false,
        }
    }

    /// Whether the mailbox of the recipient is full: a good address, where there may be room again. A
    /// server that answers 552 to RCPT is to be tried again (RFC 5321, section 4.5.3.1.10).
    fn finds_no_room(&self) -> bool {
        let Cause::Permanent { code, text } = &self.cause else {
            return false;
        };
        let unexplained = !text.starts_with("5.");
        self.step.concerns_the_mail()
            && (text.starts_with("5.2.2")
                || *code == NO_ROOM && self.step == Step::Recipient && unexplained)
    }

    /// What it means for the mail.
    pub(super) fn into_delivery(self, server: &str) -> Delivery {
        let reason = self.reason(server);
        if self.finds_no_room() {
            return Delivery::deferred(reason);
        }
        let recipient_refused = self.refuses_the_recipient();
        match self.cause {
            Cause::Permanent { code, .. }
                if self.step.concerns_the_mail() && code != SIGN_IN_FIRST =>
            {
                Delivery::Failed {
                    reason,
                    recipient_refused,
                }
            }
            Cause::Lacking(_) if self.step.concerns_the_mail() => Delivery::Failed {
                reason,
                recipient_refused,
            },
            Cause::Permanent { .. }
            | Cause::Transient { .. }
            | Cause::Lacking(_)
            | Cause::Untrusted(_)
            | Cause::NoToken(_) => Delivery::deferred(reason),
            Cause::Lost(_) | Cause::Unintelligible | Cause::Late(_) => Delivery::Deferred {
                reason,
                possibly_delivered: self.step == Step::Confirmation,
            },
        }
    }

    /// A sentence for a person, with the server's own line.
    pub(super) fn reason(&self, server: &str) -> String {
        let step = self.step.words();
        one_line(&match &self.cause {
            Cause::Permanent { code, text } => format!("{server} refused {step}: {code} {text}"),
            Cause::Transient { code, text } => format!("{server} put off {step}: {code} {text}"),
            Cause::Lost(text) if self.step == Step::Connect => {
                format!("cannot connect to {server}: {text}")
            }
            Cause::Lost(text) => format!("{server} was lost at {step}: {text}"),
            Cause::Unintelligible => format!("{server} gave no valid answer to {step}"),
            Cause::Late(limit) => {
                format!(
                    "{server} did not answer {step} within {} s",
                    limit.as_secs_f32()
                )
            }
            Cause::Lacking(what) => format!("{server} does not offer {what}"),
            Cause::Untrusted(fault) => format!(
                "the certificate of {server} is not acceptable: {fault}; the host in smtp.url must \
                 be the one in it, and its authority one that this machine or smtp.ca_file knows"
            ),
            Cause::NoToken(why) => format!("no access token for {server}: {why}"),
        })
    }
}

/// A server's text made fit for a log: one line of bounded length, without
/// anything that may be an address.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<_> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .map(|word| {
            if may_be_an_address(word) {
                "(address)"
            } else {
                word
            }
        })
        .collect();
    let line = words.join(" ").replace(changes_direction, "");
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn may_be_an_address(word: &str) -> bool {
    word.contains(['@', '＠']) || word.contains("%40")
}

/// Invisible characters that reorder the text around them on a terminal.
fn changes_direction(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: Step, code: u16) -> Delivery {
        let text = "5.1.1 <joe@example.com>: User unknown".to_owned();
        let cause = match code {
            400..500 => Cause::Transient { code, text },
            _ => Cause::Permanent { code, text },
        };
        Trouble { step, cause }.into_delivery("mx.example:25")
    }

    #[test]
    fn a_refused_recipient_fails_the_mail_in_the_servers_own_words() {
        let reason = "mx.example:25 refused the recipient: 550 5.1.1 (address) User unknown";
        assert_eq!(
            at(Step::Recipient, 550),
            Delivery::Failed {
                reason: reason.to_owned(),
                recipient_refused: true,
            }
        );
    }

    #[test]
    fn only_a_refusal_of_the_address_speaks_against_the_address() {
        let refused = |step, text: &str| {
            let text = text.to_owned();
            let cause = Cause::Permanent { code: 550, text };
            match (Trouble { step, cause }).into_delivery("mx:25") {
                Delivery::Failed {
                    recipient_refused, ..
                } => recipient_refused,
                other => panic!("{other:?}"),
            }
        };
        assert!(refused(Step::Recipient, "5.1.1 no such user"));
        assert!(refused(Step::Recipient, "no such user"));
        for about_us in ["5.7.1 relaying denied", "5.1.8 bad sender"] {
            assert!(!refused(Step::Recipient, about_us), "{about_us}");
        }
        for step in [Step::Sender, Step::Text, Step::Confirmation] {
            assert!(!refused(step, "5.1.1 no such user"), "{step:?}");
        }
    }

    #[test]
    fn a_full_mailbox_is_tried_again() {
        for (step, code, text, again) in [
            (Step::Recipient, 552, "5.2.2 over quota", true),
            (Step::Recipient, 550, "5.2.2 over quota", true),
            (Step::Recipient, 552, "mailbox full", true),
            (Step::Confirmation, 554, "5.2.2 over quota", true),
            (Step::Recipient, 552, "5.3.4 too large", false),
            (Step::Sender, 552, "too large", false),
            (Step::Confirmation, 552, "too large", false),
            (Step::Recipient, 550, "5.2.1 disabled", false),
        ] {
            let text = text.to_owned();
            let cause = Cause::Permanent { code, text };
            let trouble = Trouble { step, cause };
            let reason = trouble.reason("mx:25");
            let delivery = trouble.into_delivery("mx:25");
            let deferred = matches!(delivery, Delivery::Deferred { .. });
            assert_eq!(deferred, again, "{reason}");
        }
    }

    #[test]
    fn a_refusal_of_ourselves_never_fails_a_mail() {
        for step in [Step::Greeting, Step::StartTls, Step::SignIn] {
            assert!(
                matches!(at(step, 554), Delivery::Deferred { .. }),
                "{step:?}"
            );
        }
        assert!(matches!(at(Step::Sender, 530), Delivery::Deferred { .. }));
    }

    #[test]
    fn only_a_lost_confirmation_may_have_been_a_delivery() {
        let lost = |step| {
            Trouble {
                step,
                cause: Cause::Unintelligible,
            }
            .into_delivery("mx:25")
        };
        let possibly = |delivery| match delivery {
            Delivery::Deferred {
                possibly_delivered, ..
            } => possibly_delivered,
            other => panic!("{other:?}"),
        };
        assert!(possibly(lost(Step::Confirmation)));
        assert!(!possibly(lost(Step::Text)));
        assert!(!possibly(at(Step::Confirmation, 451)));
    }

    #[test]
    fn a_servers_text_becomes_one_short_line_without_addresses() {
        let hostile = "no\r\nsuch\u{202E} user\u{7} to=<j@x.example>,x see=?a%40b or j＠x end";
        assert_eq!(
            one_line(hostile),
            "no such user (address) (address) or (address) end"
        );
        assert_eq!(
            one_line(&"word ".repeat(200)).chars().count(),
            LONGEST_LINE + 1
        );
    }
}
