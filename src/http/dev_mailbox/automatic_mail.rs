//! What mail servers answer by themselves.

use lettre::message::{SinglePart, header::ContentTransferEncoding};

use super::{
    client_reply::{AnswerError, answer_to, header},
    opened_mail::OpenedMail,
};
use crate::{
    domain::{language::Language, timestamp::Timestamp},
    mail::dev_mailbox::DevMail,
    random,
};

/// The recipient is away, as Exchange tells it: to the address for answers, which is where it can
/// do harm. (RFC 3834 would have it go to the envelope sender.)
pub(super) fn out_of_office(
    original: &OpenedMail,
    language: Language,
    at: Timestamp,
) -> Result<Vec<u8>, AnswerError> {
    let (prefix, text) = match language {
        Language::Nl => (
            "Automatisch antwoord: ",
            "Ik ben tot en met vrijdag niet op kantoor en lees mijn mail dan niet.\n\
             Kan het niet wachten? Bel dan de receptie.\n",
        ),
        Language::En => (
            "Automatic reply: ",
            "I am out of the office until Friday and do not read my mail.\n\
             If it cannot wait, please call reception.\n",
        ),
    };
    let subject = format!("{prefix}{}", original.subject);
    let mail = answer_to(original, &subject, at)?
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header(
            "X-MS-Exchange-Generated-Message-Source",
            "Mailbox Rules Agent",
        ))
        .singlepart(
            SinglePart::builder()
                .header(lettre::message::header::ContentType::TEXT_PLAIN)
                .header(ContentTransferEncoding::QuotedPrintable)
                .body(text.to_owned()),
        )?
        .formatted();
    // The server that takes it in notes the null sender.
    Ok([b"Return-Path: <>\r\n".as_slice(), &mail].concat())
}

/// The recipient's server knows no such mailbox (RFC 3464), told to the envelope sender; nothing
/// where that is the null sender, to whom nobody reports (RFC 5321, section 4.5.5).
pub(super) fn bounce(mail: &DevMail, original: &OpenedMail, at: Timestamp) -> Option<Vec<u8>> {
    let sender = mail.from.as_deref()?;
    let recipient = &mail.to;
    let server = format!("mx.{}", original.to.domain());
    let id = data_encoding::HEXLOWER.encode(&random::bytes::<8>());
    let boundary = format!("{id}.report/{server}");
    let date = at.to_jiff().strftime("%a, %d %b %Y %H:%M:%S +0000");
    let reason = format!("550 5.1.1 <{recipient}>: Recipient address rejected: User unknown");
    let headers = headers_of(&mail.bytes);
    let report = format!(
        "Return-Path: <>\n\
         Date: {date}\n\
         From: Mail Delivery System <MAILER-DAEMON@{server}>\n\
         Subject: Undelivered Mail Returned to Sender\n\
         To: {sender}\n\
         Auto-Submitted: auto-replied\n\
         Message-ID: <{id}@{server}>\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/report; report-type=delivery-status;\n\
         \tboundary=\"{boundary}\"\n\
         \n\
         This is a MIME-encapsulated message.\n\
         \n\
         --{boundary}\n\
         Content-Description: Notification\n\
         Content-Type: text/plain; charset=us-ascii\n\
         \n\
         This is the mail system at host {server}.\n\
         \n\
         Your message could not be delivered to one or more recipients.\n\
         \n\
         <{recipient}>: {reason}\n\
         \n\
         --{boundary}\n\
         Content-Description: Delivery report\n\
         Content-Type: message/delivery-status\n\
         \n\
         Reporting-MTA: dns; {server}\n\
         Arrival-Date: {date}\n\
         \n\
         Final-Recipient: rfc822; {recipient}\n\
         Original-Recipient: rfc822;{recipient}\n\
         Action: failed\n\
         Status: 5.1.1\n\
         Remote-MTA: dns; {server}\n\
         Diagnostic-Code: smtp; {reason}\n\
         \n\
         --{boundary}\n\
         Content-Description: Undelivered Message Headers\n\
         Content-Type: text/rfc822-headers\n\
         \n\
         Return-Path: <{sender}>\n\
         {headers}\n\
         \n\
         --{boundary}--\n"
    );
    Some(
        report
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .into_bytes(),
    )
}

fn headers_of(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw);
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::opened_mail::samples;
    use super::*;
    use crate::reading::{self, Decision, Kind, bounce::Severity};

    const NOON: Timestamp = Timestamp::from_seconds(1_778_580_000);

    #[test]
    fn an_out_of_office_is_read_as_an_automatic_reply_without_a_command() {
        let original = OpenedMail::of(&samples::approval_request());
        for language in Language::ALL {
            let raw = out_of_office(&original, language, NOON).unwrap();
            let read = reading::read(&raw, None).unwrap();
            assert_eq!(read.kind, Kind::AutoReply);
            assert_eq!(read.decision, Decision::None);
            assert!(
                read.envelope
                    .recipients
                    .contains(&original.reply_to.as_ref().unwrap().address)
            );
        }
    }

    #[test]
    fn a_bounce_is_read_as_a_hard_bounce_to_the_envelope_sender() {
        let mail = samples::approval_request();
        let raw = bounce(&mail, &OpenedMail::of(&mail), NOON).unwrap();
        let read = reading::read(&raw, None).unwrap();
        assert_eq!(read.kind, Kind::Bounce);
        assert_eq!(read.decision, Decision::None);
        assert!(
            read.envelope
                .recipients
                .contains(mail.from.as_ref().unwrap())
        );
        let bounce = read.bounce.unwrap();
        assert_eq!(bounce.severity, Severity::Hard);
        assert_eq!(bounce.status.as_deref(), Some("5.1.1"));
        assert_eq!(
            bounce.recipient.as_deref(),
            Some("anna@bakkerij-jansen.example")
        );
    }

    #[test]
    fn nobody_bounces_to_the_null_sender() {
        let mail = DevMail {
            from: None,
            ..samples::approval_request()
        };
        assert!(bounce(&mail, &OpenedMail::of(&mail), NOON).is_none());
    }
}
