//! What kind of mail it is, told by headers and structure.
//!
//! The checks stand in the order in which they are reliable; the first hit
//! decides. Only the last one looks at text, and only for the mark of a
//! forwarded mail.

use super::address::{self, Sender};
use super::automation;
use super::bounce;
use super::headers::Headers;
use super::mime::Message;
use super::subject::{self, Sign};
use super::visible_reply::Body;
use super::{Envelope, Kind};

/// Sub-addresses as long as this are tokens rather than somebody's folder.
const MIN_TOKEN: usize = 13;

/// The kind and the sign that told it, by headers and structure alone; nothing
/// where a person seems to have written to us.
pub(super) fn by_headers(message: &Message, envelope: &Envelope) -> Told {
    let headers = &message.root.headers;
    let sign = subject::sign(&envelope.subject);
    no_mail(headers)
        .or_else(|| own_mail(envelope))
        .or_else(|| by_structure(message, sign))
        .or_else(|| by_sender(message, sign))
        .or_else(|| by_subject(sign))
        .or_else(|| automation::told(headers))
        .or_else(|| by_list(headers))
        .or_else(|| forward(headers, sign))
}

/// The last question, for mails that [`by_headers`] says nothing about.
pub(super) fn by_body(body: &Body) -> (Kind, &'static str) {
    if body.tells_of_a_reaction() {
        (Kind::Other, "reaction")
    } else if body.begins_with_forwarded_mail() {
        (Kind::Forward, "forwarded mail in the text")
    } else {
        (Kind::Reply, "nothing says it is not a reply")
    }
}

pub(super) type Told = Option<(Kind, &'static str)>;

/// An empty file, or one that is something else: every mail says at least one of these.
fn no_mail(headers: &Headers) -> Told {
    let said_by_every_mail = [
        "from",
        "sender",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "content-type",
    ];
    let any = said_by_every_mail
        .iter()
        .any(|name| headers.first(name).is_some());
    (!any).then_some((Kind::Other, "no mail: it has none of the headers of one"))
}

/// Our own mail come back: sent by the mailbox that it was sent to.
fn own_mail(envelope: &Envelope) -> Told {
    let (mailbox, _) = mailbox_and_detail(envelope.from.address()?)?;
    let ours = envelope
        .recipients
        .iter()
        .filter_map(|recipient| mailbox_and_detail(recipient))
        .any(|(recipient, detail)| detail.len() >= MIN_TOKEN && recipient == mailbox);
    ours.then_some((Kind::Other, "it comes from the mailbox it went to"))
}

/// The address without its `+detail`, in lower case, and the detail.
fn mailbox_and_detail(address: &str) -> Option<(String, &str)> {
    let (local, domain) = address.rsplit_once('@')?;
    let (mailbox, detail) = local.split_once('+').unwrap_or((local, ""));
    Some((format!("{mailbox}@{domain}").to_ascii_lowercase(), detail))
}

/// Reports (RFC 6522), calendar parts and reactions (RFC 9078). Only the top
/// level counts: a report inside a forwarded mail is not one.
fn by_structure(message: &Message, sign: Sign) -> Told {
    let root = &message.root;
    let report = root.media_type == "multipart/report";
    let report_type = root
        .parameters
        .get("report-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let mut top_level = root.parts.iter().chain([root]);
    let has = |media_type: &str| {
        root.media_type == media_type || root.parts.iter().any(|part| part.media_type == media_type)
    };

    if report_type == "delivery-status" && report
        || has("message/delivery-status")
        || has("message/global-delivery-status")
    {
        return Some((Kind::Bounce, "delivery status report"));
    }
    if report_type == "disposition-notification" && report
        || has("message/disposition-notification")
        || has("message/global-disposition-notification")
    {
        return Some((Kind::Mdn, "disposition notification"));
    }
    if report || has("message/feedback-report") {
        return Some((Kind::Other, "report of another type"));
    }
    if root.headers.first("x-failed-recipients").is_some() {
        return Some((Kind::Bounce, "X-Failed-Recipients"));
    }
    let shown = root.walk();
    let calendar_class = root
        .headers
        .first("content-class")
        .is_some_and(|class| class.to_ascii_lowercase().contains("calendarmessage"));
    if calendar_class
        || shown
            .iter()
            .any(|part| part.media_type == "text/calendar" && !part.is_attachment())
        || sign == Sign::Calendar
    {
        return Some((Kind::Other, "calendar"));
    }
    let reaction = top_level.any(|part| {
        part.media_type.contains("reaction")
            || part
                .headers
                .first("content-disposition")
                .is_some_and(|value| {
                    value
                        .trim_start()
                        .to_ascii_lowercase()
                        .starts_with("reaction")
                })
    });
    if reaction
        || shown.iter().any(|part| {
            part.media_type
                .starts_with("text/vnd.google.email-reaction")
        })
    {
        return Some((Kind::Other, "reaction"));
    }
    (sign == Sign::Recall).then_some((Kind::Other, "recall"))
}

/// Mail systems. A person can be postmaster, so that needs a second sign.
fn by_sender(message: &Message, sign: Sign) -> Told {
    let headers = &message.root.headers;
    let from = headers
        .first("from")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let system = address::addresses(&from)
        .iter()
        .any(|a| a.starts_with("mailer-daemon@"))
        || from.starts_with("mailer-daemon")
        || from.contains("mail delivery system")
        || from.contains("mail delivery subsystem")
        || from.trim() == "<>";
    let postmaster = from.contains("postmaster")
        && (sign == Sign::Bounce
            || automation::null_return_path(headers)
            || automation::auto_submitted(headers)
            || bounce::gives_a_status(message));
    ((system || postmaster) && sign != Sign::AutoReply)
        .then_some((Kind::Bounce, "from the mail system"))
}

fn by_subject(sign: Sign) -> Told {
    match sign {
        Sign::AutoReply => Some((Kind::AutoReply, "subject of an automatic answer")),
        Sign::Bounce => Some((Kind::Bounce, "subject of a bounce")),
        Sign::Receipt => Some((Kind::Mdn, "subject of a receipt")),
        Sign::Calendar | Sign::Recall | Sign::Forward | Sign::Reply | Sign::Nothing => None,
    }
}

fn by_list(headers: &Headers) -> Told {
    let list = headers.first("list-id").is_some() || headers.first("list-unsubscribe").is_some();
    let bulk = matches!(
        automation::precedence(headers, "precedence").as_str(),
        "bulk" | "list" | "junk"
    );
    (list || bulk).then_some((Kind::Other, "mailing list or bulk"))
}

fn forward(headers: &Headers, sign: Sign) -> Told {
    if sign == Sign::Forward {
        return Some((Kind::Forward, "subject of a forward"));
    }
    only_copied(headers).then_some((Kind::Forward, "written to somebody else, with a copy here"))
}

/// Somebody else is in To and our token only in Cc.
fn only_copied(headers: &Headers) -> bool {
    let copied: Vec<String> = address::listed(headers, &["cc"])
        .iter()
        .filter_map(|address| mailbox_and_detail(address))
        .filter(|(_, detail)| detail.len() >= MIN_TOKEN)
        .map(|(mailbox, _)| mailbox)
        .collect();
    let to = address::listed(headers, &["to"]);
    let mut to = to
        .iter()
        .filter_map(|address| mailbox_and_detail(address))
        .map(|(mailbox, _)| mailbox)
        .peekable();
    !copied.is_empty() && to.peek().is_some() && !to.any(|mailbox| copied.contains(&mailbox))
}

impl Sender {
    /// The words of the name beside the address, in lower case.
    pub(super) fn name_words(&self) -> Vec<String> {
        match self {
            Self::One { name, .. } => super::charset::normal_form(name, 1_000)
                .to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            Self::Missing | Self::Unusable => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::open;

    const TO: &str = "To: in+abcdefghijklmnop@mail.example\n";

    fn kind(headers: &str, body: &str) -> Kind {
        let from = if headers.contains("From:") {
            ""
        } else {
            "From: Anna <anna@example.org>\n"
        };
        open(format!("{from}{headers}\n{body}").as_bytes())
            .unwrap()
            .kind
    }

    #[test]
    fn a_person_is_not_taken_for_a_program() {
        for headers in [
            "Subject: Re: x\nX-Auto-Response-Suppress: All\n",
            "Auto-Submitted: no\n",
            "Auto-Submitted: (really) no; owner=anna\n",
            "From: postmaster@example.org\nSubject: Re: x\n",
            "From: no-reply@example.org\n",
            "Subject: Weigeren\n",
            "Return-Path: <anna@example.org>\n",
            "Subject: RE: FW: x\n",
            "Subject: Re: Undelivered parcel\n",
            "Subject: Re: Jan is out of the office this week?\n",
            "X-Autoreply: no\n",
            "X-FC-MachineGenerated: false\n",
            // A mailbox on the way passed it on.
            "X-MS-Exchange-Inbox-Rules-Loop: in@mail.example\n",
        ] {
            assert_eq!(
                kind(&format!("{TO}{headers}"), "weigeren"),
                Kind::Reply,
                "{headers}"
            );
        }
    }

    #[test]
    fn programs_lists_and_forwards_are_told_apart() {
        for (headers, expected) in [
            ("Auto-Submitted: auto-replied (vacation)\n", Kind::AutoReply),
            ("Precedence: auto_reply\n", Kind::AutoReply),
            ("X-Autoreply: yes\n", Kind::AutoReply),
            ("X-AutoReply-From: anna@example.org\n", Kind::AutoReply),
            ("X-Auto-Response: 1\n", Kind::AutoReply),
            ("X-Precedence: auto_reply\n", Kind::AutoReply),
            ("X-FC-MachineGenerated: true\n", Kind::AutoReply),
            ("X-POST-MessageClass: 9; Autoresponder\n", Kind::AutoReply),
            ("Delivered-To: Autoresponder\n", Kind::AutoReply),
            (
                "X-MS-Exchange-Inbox-Rules-Loop: Anna@example.org\n",
                Kind::AutoReply,
            ),
            ("Return-Path: < >\n", Kind::AutoReply),
            (
                "Subject: =?utf-8?Q?R=C3=A9ponse_automatique?= : x\n",
                Kind::AutoReply,
            ),
            ("Subject: Re: Afwezig tot maandag\n", Kind::AutoReply),
            (
                "From: postmaster@example.org\nSubject: Onbestelbaar: x\n",
                Kind::Bounce,
            ),
            ("From: MAILER-DAEMON (Mail Delivery System)\n", Kind::Bounce),
            ("X-Failed-Recipients: a@b.example\n", Kind::Bounce),
            ("Subject: Gelezen: x\n", Kind::Mdn),
            ("Subject: Geweigerd: overleg\n", Kind::Other),
            ("Content-Type: text/calendar; method=REPLY\n", Kind::Other),
            ("List-Id: <x.example>\n", Kind::Other),
            ("From: in@mail.example\n", Kind::Other),
            ("Subject: Doorst: x\n", Kind::Forward),
        ] {
            assert_eq!(
                kind(&format!("{TO}{headers}"), "weigeren"),
                expected,
                "{headers}"
            );
        }
        let copied = "To: bram@example.org\nCc: in+abcdefghijklmnop@mail.example\nSubject: Re: x\n";
        assert_eq!(kind(copied, "weigeren"), Kind::Forward);
        let block = "weigeren?\n\n-------- Doorgestuurd bericht --------\nVan: x\n";
        assert_eq!(kind(TO, block), Kind::Forward);
    }

    #[test]
    fn a_postmaster_is_a_person_until_a_second_sign() {
        let headers = format!("{TO}From: postmaster@example.org\nSubject: Verzoek\n");
        for (body, expected) in [
            ("weigeren", Kind::Reply),
            (
                "Weigeren.\n> anna@example.org: 550 5.1.1 unknown\n",
                Kind::Reply,
            ),
            ("anna@example.org: 550 5.1.1 unknown", Kind::Bounce),
        ] {
            assert_eq!(kind(&headers, body), expected, "{body}");
        }
    }

    #[test]
    fn a_report_inside_a_forwarded_mail_is_not_one() {
        let headers = format!("{TO}Subject: Re: x\nContent-Type: multipart/mixed; boundary=b\n");
        let body = "--b\n\nZie bijlage\n--b\nContent-Type: message/rfc822\n\nContent-Type: message/delivery-status\n\nAction: failed\n--b--\n";
        assert_eq!(kind(&headers, body), Kind::Reply);
    }
}
