//! Signing in with access tokens (XOAUTH2): at scripted servers, and at a real Dovecot and Postfix
//! that ask the token server themselves.

use std::{fs, os::unix::fs::MetadataExt, sync::Arc, time::Duration};

use data_encoding::BASE64;
use esecured::{
    config::Oauth,
    mail::{
        access_token::AccessTokens,
        imap::{ImapError, ImapUrl, Mailbox, MailboxOptions},
        smtp::{Delivery, Smtp, SmtpUrl},
    },
    trust,
};

use crate::support::{
    captured_log::CapturedLog,
    certificates::{Authority, Leaf},
    dovecot::{self, Dovecot},
    free_port::free_address,
    postfix::Postfix,
    scripted_imap::ScriptedImap,
    scripted_smtp::{Fault, Moment, ScriptedSmtp},
    token_server::{CLIENT, REFRESH_TOKEN, SECRET, TokenServer},
};

const ANNA: &str = "anna@example.com";
const MAIL: &[u8] = b"From: esecure@example.net\r\nSubject: Toegang\r\n\r\nDag Anna\r\n";
const USER: &str = "esecure@example.com";

/// What a refusal of XOAUTH2 begins with: a question whose answer is an empty line.
const QUESTION: &str = "334 eyJzdGF0dXMiOiI0MDEifQ==";

fn smtp_with(server: &ScriptedSmtp, connections: usize, oauth: Oauth) -> Smtp {
    let url = SmtpUrl::parse(&format!("smtp://{}", server.address)).unwrap();
    Smtp::new(url, connections, Duration::from_secs(30), &[])
        .with_tokens(AccessTokens::new(oauth, &[]))
}

async fn scripted_smtp() -> ScriptedSmtp {
    let server = ScriptedSmtp::start().await;
    server.offers("AUTH PLAIN XOAUTH2");
    server
}

fn deferred(delivery: Delivery) -> String {
    match delivery {
        Delivery::Deferred {
            reason,
            possibly_delivered: false,
        } => reason,
        other => panic!("{other:?}"),
    }
}

fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Delivered { .. })
}

/// The tokens that were shown, one for each sign-in.
fn shown(server: &ScriptedSmtp) -> Vec<String> {
    let commands = server.commands();
    let proofs = commands
        .iter()
        .filter_map(|command| command.strip_prefix("AUTH XOAUTH2 "));
    proofs
        .map(|proof| {
            let proof = String::from_utf8(BASE64.decode(proof.as_bytes()).unwrap()).unwrap();
            let token = proof
                .strip_prefix(&format!("user={USER}\x01auth=Bearer "))
                .and_then(|rest| rest.strip_suffix("\x01\x01"));
            token.expect(&proof).to_owned()
        })
        .collect()
}

#[tokio::test]
async fn one_token_opens_all_connections() {
    let tokens = TokenServer::start(USER).await;
    let server = scripted_smtp().await;
    let smtp = smtp_with(&server, 3, tokens.credentials());
    let send = || smtp.send(None, ANNA, MAIL);

    let (first, second, third, fourth) = tokio::join!(send(), send(), send(), send());

    for delivery in [first, second, third, fourth] {
        assert!(is_delivered(&delivery), "{delivery:?}");
    }
    let shown = shown(&server);
    assert!(shown.len() > 1, "{shown:?}");
    assert!(shown.iter().all(|token| token == "token-1"), "{shown:?}");
    let [asked] = &tokens.asked()[..] else {
        panic!("{:?}", tokens.asked())
    };
    let asked: Vec<(&str, &str)> = asked.iter().map(|(k, v)| (&**k, &**v)).collect();
    assert_eq!(
        asked,
        [
            ("client_id", CLIENT),
            ("client_secret", SECRET),
            ("grant_type", "client_credentials"),
            ("scope", "mail"),
        ]
    );
}

#[tokio::test]
async fn a_refresh_token_fetches_the_next_access_token_and_is_replaced_by_a_newer_one() {
    let tokens = TokenServer::start(USER).await;
    tokens.uses_up_refresh_tokens();
    tokens.grants_for(30); // Less than is needed to spare: good for one sign-in.
    let server = scripted_smtp().await;
    let smtp = smtp_with(&server, 1, tokens.refreshing());
    for _ in 0..3 {
        server.once(Moment::Mail, Fault::Drop); // The next mail needs a connection of its own.
        smtp.send(None, ANNA, MAIL).await;
    }
    let asked = tokens.asked();
    let with: Vec<&str> = asked.iter().map(|asked| &*asked["refresh_token"]).collect();
    assert_eq!(with, [REFRESH_TOKEN, "refresh-1", "refresh-2"]);
    assert!(
        asked
            .iter()
            .all(|asked| asked["grant_type"] == "refresh_token")
    );
    assert_eq!(shown(&server), ["token-1", "token-2", "token-3"]);
}

#[tokio::test]
async fn the_newest_refresh_token_outlives_a_restart_until_the_operator_puts_in_another() {
    let tokens = TokenServer::start(USER).await;
    tokens.uses_up_refresh_tokens();
    let server = scripted_smtp().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("smtp.refresh-token");
    let oauth = Oauth {
        refresh_token_kept_in: Some(file.clone()),
        ..tokens.refreshing()
    };
    for _ in 0..3 {
        let restarted = smtp_with(&server, 1, oauth.clone());
        let delivery = restarted.send(None, ANNA, MAIL).await;
        assert!(is_delivered(&delivery), "{delivery:?}");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    }
    let other = Oauth {
        refresh_token: Some("consented-anew".into()),
        ..oauth.clone()
    };
    smtp_with(&server, 1, other).send(None, ANNA, MAIL).await;
    // Where it cannot be written, it is good until the next restart.
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let log = CapturedLog::start();
    tokens.is_at_its_first_refresh_token();
    tokens.grants_for(30);
    let smtp = smtp_with(&server, 1, oauth);
    for _ in 0..2 {
        server.once(Moment::Mail, Fault::Drop);
        smtp.send(None, ANNA, MAIL).await;
    }
    let asked = tokens.asked();
    let with: Vec<&str> = asked.iter().map(|asked| &*asked["refresh_token"]).collect();
    assert_eq!(
        with,
        [
            REFRESH_TOKEN,
            "refresh-1",
            "refresh-2",
            "consented-anew",
            REFRESH_TOKEN,
            "refresh-1"
        ]
    );
    let said = log.of("refresh_token.not_kept");
    assert_eq!(said[0]["level"], "ERROR");
    assert!(!format!("{said:?}").contains("refresh-1"), "{said:?}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let tokens = TokenServer::start(USER).await;
    let server = scripted_smtp().await;
    let smtp = smtp_with(&server, 1, tokens.credentials());
    assert!(is_delivered(&smtp.send(None, ANNA, MAIL).await));

    // The connection is gone, and the token with it.
    server.once(Moment::Mail, Fault::Drop);
    server.once(Moment::Auth, Fault::Reply(QUESTION));
    let delivery = smtp.send(None, ANNA, MAIL).await;
    assert!(is_delivered(&delivery), "{delivery:?}");
    assert_eq!(shown(&server), ["token-1", "token-1", "token-2"]);
    assert!(server.commands().contains(&String::new()), "the answer");

    // A new token that is refused as well is no reason to fetch one after the other.
    server.once(Moment::Mail, Fault::Drop);
    let refusal = Fault::Reply("535 5.7.3 token-2 token-3 are not good");
    server.always(Moment::Auth, refusal);
    let reason = deferred(smtp.send(None, ANNA, MAIL).await);
    assert!(reason.contains("refused the sign-in: 535"), "{reason}");
    assert!(!reason.contains("token-3"), "{reason}");
    assert_eq!(tokens.asked().len(), 3);
    assert_eq!(server.arrived().len(), 2);
}

#[tokio::test]
async fn a_token_server_in_trouble_is_left_alone_and_its_fault_said_in_plain_words() {
    for (status, body, words) in [
        (401, r#"{"error":"invalid_client"}"#, "401 invalid_client"),
        (400, r#"{"error":"s3cret token-7 <b>"}"#, ": 400"),
        (500, "<html>s3cret</html>", ": 500"),
        (302, "", ": 302"),
        (200, "<html>token-7</html>", "its answer holds none"),
        (200, r#"{"token_type":"Bearer"}"#, "its answer holds none"),
        (
            200,
            r#"{"access_token":"token-7","token_type":"mac"}"#,
            "not of the type Bearer",
        ),
        (
            200,
            r#"{"access_token":"token-7\r\nQUIT","token_type":"Bearer"}"#,
            "what it gave is no token",
        ),
    ] {
        let tokens = TokenServer::start(USER).await;
        tokens.answers(status, body);
        let server = scripted_smtp().await;
        let smtp = smtp_with(&server, 1, tokens.credentials());
        let reason = deferred(smtp.send(None, ANNA, MAIL).await);
        assert!(reason.starts_with("no access token for"), "{reason}");
        assert!(reason.contains(words), "{reason}");
        assert!(
            !reason.contains(SECRET) && !reason.contains("token-7"),
            "{reason}"
        );

        // The next mail does not ask again at once.
        assert_eq!(deferred(smtp.send(None, ANNA, MAIL).await), reason);
        assert_eq!(tokens.asked().len(), 1, "{reason}");
        assert_eq!(server.connections(), 0, "{reason}");
    }

    let nobody = Oauth {
        token_url: format!("http://{}/token", free_address()).parse().unwrap(),
        ..TokenServer::start(USER).await.credentials()
    };
    let server = scripted_smtp().await;
    let reason = deferred(smtp_with(&server, 1, nobody).send(None, ANNA, MAIL).await);
    assert!(
        reason.contains("127.0.0.1 cannot be asked: Connection refused"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_server_that_knows_no_tokens_is_shown_none() {
    let tokens = TokenServer::start(USER).await;
    let server = ScriptedSmtp::start().await;
    server.offers("AUTH PLAIN LOGIN");
    let smtp = smtp_with(&server, 1, tokens.credentials());
    let reason = deferred(smtp.send(None, ANNA, MAIL).await);
    assert!(
        reason.contains("does not offer a sign-in with an access token"),
        "{reason}"
    );
    assert_eq!(shown(&server), [""; 0]);

    let url = SmtpUrl::parse(&format!("smtp://{}?tls=required", server.address)).unwrap();
    server.offers("AUTH XOAUTH2");
    let smtp = Smtp::new(url, 1, Duration::from_secs(30), &[])
        .with_tokens(AccessTokens::new(tokens.credentials(), &[]));
    let reason = deferred(smtp.send(None, ANNA, MAIL).await);
    assert!(reason.contains("does not offer STARTTLS"), "{reason}");
    assert_eq!(shown(&server), [""; 0], "nothing in clear text");
}

fn mailbox_options(oauth: Oauth) -> MailboxOptions {
    MailboxOptions {
        tokens: Some(Arc::new(AccessTokens::new(oauth, &[]))),
        ..MailboxOptions::default()
    }
}

#[tokio::test]
async fn a_mailbox_that_refuses_a_token_says_so_after_an_empty_line() {
    let tokens = TokenServer::start(USER).await;
    let server = ScriptedImap::start().await;
    let url = server.url().replace("esecure:geheim@", "");
    let url = ImapUrl::parse(&url).unwrap();
    let options = mailbox_options(tokens.credentials());
    let refuse = || {
        server.say("CONTINUATION", &["+ eyJzdGF0dXMiOiI0MDEifQ=="]);
        server.say(
            "CONTINUATION",
            &["{tag} NO [AUTHENTICATIONFAILED] token-1 of somebody@example.com is over"],
        );
    };
    refuse();
    let error = Mailbox::open(&url, &options).await.unwrap_err();
    assert!(matches!(error, ImapError::LoginRefused { .. }), "{error}");
    let said = error.to_string();
    assert!(
        said.contains("*** of *** is over; check inbox.oauth"),
        "{said}"
    );
    let sign_in = ["AUTHENTICATE XOAUTH2", "CONTINUATION", "CONTINUATION"];
    assert_eq!(server.heard(), sign_in);
    assert_eq!(tokens.asked().len(), 1);

    // One that was good before is replaced.
    Mailbox::open(&url, &options).await.unwrap().close().await;
    refuse();
    Mailbox::open(&url, &options).await.unwrap().close().await;
    assert_eq!(tokens.asked().len(), 3);

    tokens.answers(401, r#"{"error":"invalid_client"}"#);
    let options = mailbox_options(tokens.credentials());
    let connections = server.connections();
    let error = Mailbox::open(&url, &options).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("gave no token: 401 invalid_client"),
        "{error}"
    );
    assert_eq!(server.connections(), connections);
}

/// A Dovecot that takes the tokens of this server, and speaks for a Postfix at the other address.
fn dovecot_that_takes(tokens: &TokenServer, for_postfix: std::net::SocketAddr) -> Dovecot {
    Dovecot::start_with(|directory| {
        let file = directory.join("tokens.conf");
        let settings = format!(
            "introspection_mode = post\nintrospection_url = http://{}/introspect\n\
             client_id = dovecot\nclient_secret = dovecot\n\
             username_attribute = username\nactive_attribute = active\nactive_value = true\n",
            tokens.address
        );
        fs::write(&file, settings).unwrap();
        format!(
            "auth_mechanisms = plain login xoauth2\n\
             passdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {}\n}}\n\
             service auth {{\n  inet_listener {{\n    address = {}\n    port = {}\n  }}\n}}\n",
            file.display(),
            for_postfix.ip(),
            for_postfix.port(),
        )
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dovecot_opens_the_mailbox_for_a_token_and_not_for_one_that_was_taken_back() {
    let tokens = TokenServer::start(dovecot::ADDRESS).await;
    let dovecot = dovecot_that_takes(&tokens, free_address());
    dovecot.deliver(b"Subject: x\r\n\r\nweigeren\r\n");
    let url = ImapUrl::parse(&dovecot.open_url("imap", "127.0.0.1", "")).unwrap();
    let options = mailbox_options(tokens.credentials());

    let open = async || Mailbox::open(&url, &options).await;
    let mailbox = open()
        .await
        .unwrap_or_else(|error| panic!("{error}\n{}", dovecot.log()));
    assert_eq!(mailbox.exists(), 1);
    mailbox.close().await;
    open().await.unwrap().close().await;
    assert_eq!(tokens.asked().len(), 1);

    tokens.takes_back_all();
    open().await.unwrap().close().await;
    assert_eq!(tokens.asked().len(), 2, "a new one was fetched");

    tokens.answers(
        200,
        r#"{"access_token":"made-up","token_type":"Bearer","expires_in":3600}"#,
    );
    tokens.takes_back_all();
    let error = open().await.unwrap_err();
    assert!(matches!(error, ImapError::LoginRefused { .. }), "{error}");
    assert!(!error.to_string().contains("made-up"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postfix_takes_mails_for_a_token_under_tls() {
    let authority = Authority::new();
    let tokens = TokenServer::start(dovecot::ADDRESS).await;
    let signs_in = free_address();
    let _dovecot = dovecot_that_takes(&tokens, signs_in);
    let settings = [
        format!(
            "smtpd_tls_cert_file={}",
            authority.certificate(Leaf::Good).display()
        ),
        format!("smtpd_tls_key_file={}", authority.key(Leaf::Good).display()),
        "smtpd_tls_auth_only=yes".to_owned(),
        "smtpd_sasl_auth_enable=yes".to_owned(),
        "smtpd_sasl_type=dovecot".to_owned(),
        format!("smtpd_sasl_path=inet:{signs_in}"),
        "smtpd_client_restrictions=permit_sasl_authenticated,reject".to_owned(),
    ];
    let postfix = Postfix::also_listening("example.com", &[settings.to_vec()]);
    let url = SmtpUrl::parse(&format!("smtp://{}?tls=required", postfix.more[0])).unwrap();
    let roots = trust::read_authorities(&authority.file()).unwrap();
    let to = || Smtp::new(url.clone(), 1, Duration::from_secs(30), &roots);

    let stranger = to().send(None, ANNA, MAIL).await;
    assert!(!is_delivered(&stranger), "{stranger:?}");
    let smtp = to().with_tokens(AccessTokens::new(tokens.credentials(), &roots));
    let delivery = smtp.send(None, ANNA, MAIL).await;
    assert!(is_delivered(&delivery), "{delivery:?}\n{}", postfix.log());

    tokens.answers(
        200,
        r#"{"access_token":"made-up","token_type":"Bearer","expires_in":3600}"#,
    );
    let smtp = to().with_tokens(AccessTokens::new(tokens.credentials(), &roots));
    let reason = deferred(smtp.send(None, ANNA, MAIL).await);
    assert!(reason.contains("refused the sign-in: 535"), "{reason}");
}
