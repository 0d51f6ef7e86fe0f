//! Sending: what each answer of a mail server means for the mail, shown by a
//! scripted server, and that real servers get the mails.

mod real_servers;

use std::net::SocketAddr;
use std::time::Duration;

use esecured::mail::smtp::{Delivery, Limits, Smtp, SmtpUrl, Standing};

use crate::support::free_port::free_address;
use crate::support::scripted_smtp::{Fault, Moment, ScriptedSmtp};

const FROM: Option<&str> = Some("esecure+b.token@example.net");
const ANNA: &str = "anna@example.com";
const MAIL: &[u8] = b"From: esecure@example.net\r\nSubject: Toegang\r\n\
    Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.net>\r\n\r\nDag Anna\r\n";

/// For tests in which nothing hangs.
const AMPLE: Duration = Duration::from_secs(30);

fn smtp_to(server: SocketAddr) -> Smtp {
    smtp_at(&format!("smtp://{server}"))
}

fn smtp_at(url: &str) -> Smtp {
    Smtp::new(SmtpUrl::parse(url).unwrap(), 4, AMPLE, &[])
}

/// Limits for tests that wait for one to pass.
fn impatient() -> Limits {
    let soon = Duration::from_millis(200);
    Limits {
        connect: AMPLE,
        command: soon,
        text: soon,
        confirmation: soon,
    }
}

#[track_caller]
fn reason(delivery: &Delivery) -> &str {
    match delivery {
        Delivery::Deferred { reason, .. } | Delivery::Failed { reason, .. } => reason,
        Delivery::Delivered { reply } => panic!("delivered: {reply}"),
    }
}

/// In a few letters, for tables.
fn class(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Delivered { .. } => "delivered",
        Delivery::Deferred {
            possibly_delivered: false,
            ..
        } => "deferred",
        Delivery::Deferred {
            possibly_delivered: true,
            ..
        } => "possibly delivered",
        Delivery::Failed { .. } => "failed",
    }
}

#[tokio::test]
async fn each_fault_at_each_step_has_its_outcome() {
    const LATER: Fault = Fault::Reply("451 4.3.0 later");
    const NEVER: Fault = Fault::Reply("550 5.7.1 never");
    let silences = [Fault::Drop, Fault::Hang, Fault::Garbage];
    // The answer to 4xx, to 5xx, and to a connection that is of no more use.
    for (moment, later, never, silence) in [
        (Moment::Greeting, "deferred", "deferred", "deferred"),
        (Moment::Ehlo, "deferred", "deferred", "deferred"),
        (Moment::Mail, "deferred", "failed", "deferred"),
        (Moment::Rcpt, "deferred", "failed", "deferred"),
        (Moment::Data, "deferred", "failed", "deferred"),
        (Moment::FinalDot, "deferred", "failed", "possibly delivered"),
    ] {
        let mut cases = vec![(LATER, later), (NEVER, never)];
        cases.extend(silences.map(|fault| (fault, silence)));
        for (fault, expected) in cases {
            let server = ScriptedSmtp::start().await;
            server.always(moment, fault);
            let smtp = smtp_to(server.address).with_limits(impatient());

            let delivery = smtp.send(FROM, ANNA, MAIL).await;

            assert_eq!(
                class(&delivery),
                expected,
                "{fault:?} at {moment:?}: {delivery:?}"
            );
            let arrived = usize::from(moment == Moment::FinalDot);
            assert_eq!(server.arrived().len(), arrived, "{fault:?} at {moment:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_is_closing_is_away_and_one_that_is_full_is_not() {
    const CLOSING: Fault = Fault::Reply("421 4.3.2 closing");
    const FULL: Fault = Fault::Reply("452 4.3.1 no space");
    const SIGN_IN: Fault = Fault::Reply("530 5.7.0 sign in first");
    for (moment, fault, standing, connections) in [
        (Moment::Greeting, CLOSING, Standing::Away, 2),
        (Moment::Greeting, FULL, Standing::Away, 2),
        (Moment::Mail, CLOSING, Standing::Away, 2),
        (Moment::Mail, FULL, Standing::Serves, 1),
        (Moment::Mail, SIGN_IN, Standing::Away, 1),
        (Moment::Rcpt, CLOSING, Standing::Away, 2),
        (Moment::Rcpt, FULL, Standing::Serves, 1),
        (Moment::Data, CLOSING, Standing::Away, 2),
        (Moment::FinalDot, CLOSING, Standing::Away, 2),
        (Moment::FinalDot, FULL, Standing::Serves, 1),
        (Moment::FinalDot, Fault::Drop, Standing::Unsaid, 2),
    ] {
        let server = ScriptedSmtp::start().await;
        server.once(moment, fault);
        let smtp = smtp_to(server.address);
        let (delivery, found) = smtp.hand_over(FROM, ANNA, MAIL).await;
        let case = format!("{fault:?} at {moment:?}: {delivery:?}");
        assert_eq!(found, standing, "{case}");
        let expected = match fault {
            Fault::Drop => "possibly delivered",
            _ => "deferred",
        };
        assert_eq!(class(&delivery), expected, "{case}");
        // A session that is over is not used again.
        let (delivery, found) = smtp.hand_over(FROM, ANNA, MAIL).await;
        assert_eq!(class(&delivery), "delivered", "{case}");
        assert_eq!(found, Standing::Serves, "{case}");
        assert_eq!(server.connections(), connections, "{case}");
    }
    let (_, found) = smtp_to(free_address()).hand_over(FROM, ANNA, MAIL).await;
    assert_eq!(found, Standing::Away);
}

#[tokio::test]
async fn a_mail_arrives_in_its_envelope_as_it_was() {
    let server = ScriptedSmtp::start().await;
    let text = "Subject: dots\r\n\r\n.\r\n..two\r\n.one\r\nlast\r\n";

    let delivery = smtp_to(server.address)
        .send(FROM, "anna@bücher.example", text.as_bytes())
        .await;

    let reply = "250 2.0.0 queued as 4711".to_owned();
    assert_eq!(delivery, Delivery::Delivered { reply });
    let [mail] = &server.arrived()[..] else {
        panic!("{:?}", server.arrived())
    };
    assert_eq!(mail.mail_command, "MAIL FROM:<esecure+b.token@example.net>");
    assert_eq!(mail.rcpt_command, "RCPT TO:<anna@xn--bcher-kva.example>");
    assert_eq!(mail.text, text);
}

#[tokio::test]
async fn a_mail_without_a_sender_has_the_null_sender() {
    let server = ScriptedSmtp::start().await;
    smtp_to(server.address).send(None, ANNA, MAIL).await;
    assert_eq!(server.arrived()[0].mail_command, "MAIL FROM:<>");
}

#[tokio::test]
async fn the_reason_is_the_servers_line_without_the_address() {
    let server = ScriptedSmtp::start().await;
    server.always(
        Moment::Rcpt,
        Fault::Reply("550-5.1.1 <anna@example.com>: no such user\r\n550 5.1.1 ask joe@example.com"),
    );
    let delivery = smtp_to(server.address).send(FROM, ANNA, MAIL).await;
    let said = "550 5.1.1 (address) no such user ask (address)";
    assert_eq!(
        reason(&delivery),
        format!("{} refused the recipient: {said}", server.address)
    );
}

#[tokio::test]
async fn a_server_that_nobody_runs_defers() {
    let nobody = free_address();
    let delivery = smtp_to(nobody).send(FROM, ANNA, MAIL).await;
    assert_eq!(class(&delivery), "deferred");
    let refused = format!("cannot connect to {nobody}: Connection refused");
    assert!(reason(&delivery).starts_with(&refused), "{delivery:?}");
    assert!(
        smtp_to(nobody)
            .check()
            .await
            .unwrap_err()
            .starts_with(&refused)
    );
}

#[tokio::test]
async fn a_connection_is_used_again_also_after_a_refusal() {
    let server = ScriptedSmtp::start().await;
    server.once(Moment::Rcpt, Fault::Reply("550 5.1.1 no such user"));
    let smtp = smtp_to(server.address);

    assert_eq!(
        class(&smtp.send(FROM, "nobody@example.com", MAIL).await),
        "failed"
    );
    for _ in 0..3 {
        assert_eq!(class(&smtp.send(FROM, ANNA, MAIL).await), "delivered");
    }

    assert_eq!(server.connections(), 1);
    assert_eq!(server.arrived().len(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_the_server_ended_is_replaced() {
    let server = ScriptedSmtp::start().await;
    let smtp = smtp_to(server.address);
    for fault in [Fault::Drop, Fault::Reply("421 4.4.2 idle for too long")] {
        assert_eq!(class(&smtp.send(FROM, ANNA, MAIL).await), "delivered");
        server.once(Moment::Mail, fault);
        assert_eq!(
            class(&smtp.send(FROM, ANNA, MAIL).await),
            "delivered",
            "{fault:?}"
        );
    }
    assert_eq!(server.arrived().len(), 4);
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn mails_at_the_same_time_share_the_connections_there_are() {
    let server = ScriptedSmtp::start().await;
    let url = SmtpUrl::parse(&format!("smtp://{}", server.address)).unwrap();
    let smtp = Smtp::new(url, 2, AMPLE, &[]);
    let send = || smtp.send(FROM, ANNA, MAIL);

    let deliveries = tokio::join!(send(), send(), send(), send(), send());

    let (first, second, third, fourth, fifth) = deliveries;
    for delivery in [first, second, third, fourth, fifth] {
        assert_eq!(class(&delivery), "delivered");
    }
    assert_eq!(server.arrived().len(), 5);
    assert!(
        server.connections() <= 2,
        "{} connections",
        server.connections()
    );
}

#[tokio::test]
async fn a_drop_before_the_final_dot_was_no_delivery() {
    let server = ScriptedSmtp::start().await;
    server.always(Moment::Text, Fault::Drop);
    // More than the two sockets hold, so that the dot cannot have been sent.
    let long = [MAIL, &b"A line of a long mail.\r\n".repeat(1_000_000)].concat();
    let delivery = smtp_to(server.address).send(FROM, ANNA, &long).await;
    assert_eq!(class(&delivery), "deferred", "{delivery:?}");
}

#[tokio::test]
async fn a_server_that_stops_reading_is_left() {
    let server = ScriptedSmtp::start().await;
    server.always(Moment::Text, Fault::Hang);
    let long = [MAIL, &b"A line of a long mail.\r\n".repeat(1_000_000)].concat();
    let smtp = smtp_to(server.address).with_limits(impatient());
    let delivery = smtp.send(FROM, ANNA, &long).await;
    assert_eq!(class(&delivery), "deferred", "{delivery:?}");
    assert!(
        reason(&delivery).ends_with("did not answer the text within 0.2 s"),
        "{delivery:?}"
    );
}

#[tokio::test]
async fn a_recipient_outside_ascii_needs_a_server_that_can() {
    let server = ScriptedSmtp::start().await;
    let smtp = smtp_to(server.address);
    let delivery = smtp.send(FROM, "mıke@example.com", MAIL).await;
    assert_eq!(class(&delivery), "failed");
    assert!(
        reason(&delivery).contains("does not offer SMTPUTF8"),
        "{delivery:?}"
    );

    let server = ScriptedSmtp::start().await;
    server.offers("SMTPUTF8");
    let smtp = smtp_to(server.address);
    assert_eq!(
        class(&smtp.send(FROM, "mıke@example.com", MAIL).await),
        "delivered"
    );
    let sender = "MAIL FROM:<esecure+b.token@example.net> SMTPUTF8";
    assert_eq!(server.arrived()[0].mail_command, sender);
}

#[tokio::test]
async fn a_sign_in_is_done_or_the_mail_waits() {
    let server = ScriptedSmtp::start().await;
    let smtp = smtp_at(&format!("smtp://anna:secret@{}", server.address));
    let lacking = smtp.check().await.unwrap_err();
    assert!(
        lacking.contains("does not offer a sign-in with a password"),
        "{lacking}"
    );

    server.offers("AUTH PLAIN");
    smtp.check().await.unwrap();
    let plain = "AUTH PLAIN AGFubmEAc2VjcmV0".to_owned(); // \0anna\0secret
    assert!(
        server.commands().contains(&plain),
        "{:?}",
        server.commands()
    );

    server.always(Moment::Auth, Fault::Reply("535 5.7.8 wrong password"));
    let delivery = smtp.send(FROM, ANNA, MAIL).await;
    assert_eq!(class(&delivery), "deferred");
    assert!(reason(&delivery).ends_with("refused the sign-in: 535 5.7.8 wrong password"));
}

#[tokio::test]
async fn without_starttls_a_url_that_requires_it_sends_nothing() {
    let server = ScriptedSmtp::start().await;
    let required = smtp_at(&format!("smtp://{}?tls=required", server.address));
    let delivery = required.send(FROM, ANNA, MAIL).await;
    assert_eq!(class(&delivery), "deferred");
    assert!(
        reason(&delivery).contains("does not offer STARTTLS"),
        "{delivery:?}"
    );
    assert_eq!(server.arrived(), []);

    let opportunistic = smtp_at(&format!("smtp://{}?tls=opportunistic", server.address));
    assert_eq!(
        class(&opportunistic.send(FROM, ANNA, MAIL).await),
        "delivered"
    );
}
