//! Real mail servers get the mails: Postfix with and without Dovecot behind it, and its test sink.

use esecured::mail::smtp::{Delivery, Smtp, SmtpUrl};

use super::{AMPLE, ANNA, FROM, MAIL, class, reason, smtp_at, smtp_to};
use crate::support::{
    dovecot::{self, Dovecot},
    postfix::Postfix,
    process::eventually,
    smtp_sink::SmtpSink,
};

#[tokio::test]
async fn smtp_sink_gets_every_byte() {
    let sink = SmtpSink::start();
    let smtp = smtp_to(sink.address);
    let dotted = b"Subject: dots\r\n\r\n.\r\n..two\r\n\r\nlast\r\n".to_vec();
    assert_eq!(class(&smtp.send(FROM, ANNA, MAIL).await), "delivered");
    assert_eq!(class(&smtp.send(None, ANNA, &dotted).await), "delivered");

    let mut received = sink.received();
    received.sort();
    assert_eq!(received, [MAIL.to_vec(), dotted]);
}

#[tokio::test]
async fn postfix_delivers_to_a_sub_address() {
    let postfix = Postfix::with_maildir("example.com");
    let smtp = smtp_to(postfix.address);

    let delivery = smtp.send(FROM, "esecure+token@example.com", MAIL).await;
    let Delivery::Delivered { reply } = delivery else {
        panic!("{delivery:?}")
    };
    assert!(reply.starts_with("250 2.0.0 Ok: queued as "), "{reply}");

    let [mail] = &postfix.delivered(1)[..] else {
        panic!("more than one mail")
    };
    assert!(
        mail.starts_with("Return-Path: <esecure+b.token@example.net>\n"),
        "{mail}"
    );
    assert!(
        mail.contains("\nDelivered-To: esecure+token@example.com\n"),
        "{mail}"
    );
    let sent = String::from_utf8_lossy(MAIL).replace("\r\n", "\n");
    assert!(mail.ends_with(&format!("\n{sent}")), "{mail}");

    let delivery = smtp.send(FROM, "anna@elsewhere.example", MAIL).await;
    assert_eq!(class(&delivery), "failed");
    assert!(
        reason(&delivery)
            .contains("refused the recipient: 554 5.7.1 (address) Relay access denied")
    );
}

#[tokio::test]
async fn postfix_hands_a_mail_on_to_dovecot() {
    let dovecot = Dovecot::start();
    let postfix = Postfix::with_lmtp("example.com", dovecot.lmtp_address());

    let delivery = smtp_to(postfix.address)
        .send(FROM, dovecot::ADDRESS, MAIL)
        .await;

    assert_eq!(class(&delivery), "delivered");
    let arrived = eventually(|| dovecot.count("INBOX") == 1);
    assert!(
        arrived,
        "Postfix: {}\nDovecot: {}",
        postfix.log(),
        dovecot.log()
    );
}

#[tokio::test]
async fn postfix_is_spoken_to_under_tls_only_if_its_certificate_is_trusted() {
    let postfix = Postfix::with_maildir("example.com");
    let url = format!("smtp://{}?tls=required", postfix.address);

    let delivery = smtp_at(&url).send(FROM, ANNA, MAIL).await;
    assert_eq!(class(&delivery), "deferred");
    assert!(reason(&delivery).contains("is not acceptable: nobody here knows who issued it"));

    let url = SmtpUrl::parse(&url).unwrap();
    let trusting = Smtp::new(url, 1, AMPLE, &[postfix.certificate()]);
    trusting.check().await.unwrap();
    assert_eq!(class(&trusting.send(FROM, ANNA, MAIL).await), "delivered");
    let [mail] = &postfix.delivered(1)[..] else {
        panic!("more than one mail")
    };
    assert!(mail.contains("with ESMTPS"), "{mail}");
}
