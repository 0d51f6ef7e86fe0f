//! Which mail servers we believe to be who they say they are: real ones, with certificates of an
//! authority of their own.

use std::path::Path;
use std::time::Duration;

use esecured::{
    mail::{
        imap::{ImapError, ImapUrl, Mailbox, MailboxOptions},
        smtp::{Delivery, Smtp, SmtpUrl},
    },
    trust,
};

use crate::support::{
    certificates::{Authority, Leaf},
    dovecot::Dovecot,
    postfix::Postfix,
    scripted_imap::ScriptedImap,
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
};

const ANNA: &str = "anna@example.com";
const MAIL: &[u8] = b"From: esecure@example.net\r\nSubject: Toegang\r\n\r\nDag Anna\r\n";

fn smtp_trusting(url: &str, authority: &Path) -> Smtp {
    let roots = trust::read_authorities(authority).unwrap();
    let url = SmtpUrl::parse(url).unwrap();
    Smtp::new(url, 1, Duration::from_secs(30), &roots)
}

/// The settings of a listener with that certificate.
fn with(authority: &Authority, leaf: Leaf) -> Vec<String> {
    vec![
        format!(
            "smtpd_tls_cert_file={}",
            authority.certificate(leaf).display()
        ),
        format!("smtpd_tls_key_file={}", authority.key(leaf).display()),
    ]
}

#[tokio::test]
async fn postfix_gets_mails_only_where_its_certificate_is_good() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let implicit = [
        with(&ours, Leaf::Good),
        vec!["smtpd_tls_wrappermode=yes".to_owned()],
    ]
    .concat();
    let postfix = Postfix::also_listening(
        "example.com",
        &[
            with(&ours, Leaf::Good),
            implicit,
            with(&ours, Leaf::OtherHost),
            with(&ours, Leaf::Expired),
        ],
    );
    let [good, implicit, other_host, expired] = postfix.more[..] else {
        panic!("{:?}", postfix.more)
    };
    let starttls = |address| format!("smtp://{address}?tls=required");
    let smtps = format!("smtps://{implicit}");

    for url in [starttls(good), smtps.clone()] {
        let delivery = smtp_trusting(&url, &ours.file())
            .send(None, ANNA, MAIL)
            .await;
        assert!(
            matches!(delivery, Delivery::Delivered { .. }),
            "{url}: {delivery:?}"
        );
    }
    assert!(postfix.delivered(2).len() == 2);

    for (url, authority, fault) in [
        (starttls(good), &theirs, "nobody here knows who issued it"),
        (smtps, &theirs, "nobody here knows who issued it"),
        (starttls(other_host), &ours, "it is for another host name"),
        (starttls(expired), &ours, "it has expired"),
    ] {
        let smtp = smtp_trusting(&url, &authority.file());
        let delivery = smtp.send(None, ANNA, MAIL).await;
        let Delivery::Deferred {
            reason,
            possibly_delivered: false,
        } = delivery
        else {
            panic!("{url}: {delivery:?}")
        };
        assert!(
            reason.contains(&format!("is not acceptable: {fault}; the host in smtp.url")),
            "{url}: {reason}"
        );
        // What the operator is told who asks.
        assert_eq!(smtp.check().await.unwrap_err(), reason);
    }
    assert_eq!(postfix.delivered(2).len(), 2, "none but the first two");
}

#[tokio::test]
async fn dovecot_is_signed_in_to_only_where_its_certificate_is_good() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let dovecot = Dovecot::start_with(|_| {
        let certificate = |leaf| {
            format!(
                "ssl_cert = <{}\nssl_key = <{}\n",
                ours.certificate(leaf).display(),
                ours.key(leaf).display()
            )
        };
        format!(
            "listen = 127.0.0.1, 127.0.0.2, 127.0.0.3\n{}\
             local 127.0.0.2 {{\n{}}}\nlocal 127.0.0.3 {{\n{}}}\n",
            certificate(Leaf::Good),
            certificate(Leaf::OtherHost),
            certificate(Leaf::Expired),
        )
    });
    let open = async |url: String, authority: &Authority| {
        let options = MailboxOptions {
            extra_roots: trust::read_authorities(&authority.file()).unwrap(),
            ..MailboxOptions::default()
        };
        Mailbox::open(&ImapUrl::parse(&url).unwrap(), &options).await
    };
    for (scheme, query) in [("imaps", ""), ("imap", "?tls=required")] {
        let at = |host| dovecot.url_at(scheme, host, query);
        let mailbox = open(at("127.0.0.1"), &ours).await.unwrap();
        mailbox.close().await;

        for (host, authority, fault) in [
            ("127.0.0.1", &theirs, "nobody here knows who issued it"),
            ("127.0.0.2", &ours, "it is for another host name"),
            ("127.0.0.3", &ours, "it has expired"),
        ] {
            let error = open(at(host), authority).await.unwrap_err();
            assert!(matches!(error, ImapError::Tls { .. }), "{error}");
            let said = error.to_string();
            assert!(said.contains(fault), "{said}");
            assert!(said.contains("inbox.ca_file"), "{said}");
        }
    }
    let signed_in = dovecot.log().matches("Login: user=").count();
    assert_eq!(signed_in, 2, "{}", dovecot.log());
}

#[tokio::test]
async fn where_starttls_was_taken_away_nothing_is_said_in_clear() {
    let server = ScriptedSmtp::start().await;
    server.offers("AUTH PLAIN LOGIN XOAUTH2");
    let url = SmtpUrl::parse(&format!(
        "smtp://anna:secret@{}?tls=required",
        server.address
    ))
    .unwrap();
    let smtp = Smtp::new(url, 1, Duration::from_secs(30), &[]);
    for refusal in [None, Some(Fault::Reply("454 4.7.0 TLS not available"))] {
        if let Some(refusal) = refusal {
            server.offers("STARTTLS");
            server.always(Moment::StartTls, refusal);
        }
        let delivery = smtp.send(None, ANNA, MAIL).await;
        let Delivery::Deferred { reason, .. } = delivery else {
            panic!("{delivery:?}")
        };
        assert!(reason.contains("STARTTLS"), "{reason}");
    }
    for command in server.commands() {
        let is_harmless = command.starts_with("EHLO ") || command == "STARTTLS";
        assert!(is_harmless, "{command:?}");
    }

    let server = ScriptedImap::start().await;
    server.say("STARTTLS", &["{tag} NO not here"]);
    let url = ImapUrl::parse(&format!("{}?tls=required", server.url())).unwrap();
    let error = Mailbox::open(&url, &MailboxOptions::default())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("refused STARTTLS"), "{error}");
    assert_eq!(server.heard(), ["STARTTLS"]);
}
