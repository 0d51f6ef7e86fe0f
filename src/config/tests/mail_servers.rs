//! Servers that take and keep our mails: whom we believe, and how we sign in.

use super::*;

/// Keys of one section, each on a line.
fn oauth(section: &str, keys: &str) -> String {
    format!("[{section}.oauth]\n{keys}")
}

const WHOLE: &str = "token_url = \"https://login.example.com/token\"\nclient_id = \"esecured\"\n\
    client_secret = \"s3cret\"\nuser = \"reply@example.com\"\n";

const INBOX: &str = "[mail]\nreply_to = \"reply@example.com\"\n";

#[test]
fn access_tokens_take_the_place_of_a_password() {
    let files = least_with(&oauth("smtp", WHOLE))
        .set("smtp.url=smtps://mx.example.com")
        .set("mail.reply_to=reply@example.com")
        .set("inbox.url=imaps://imap.example.com/INBOX")
        .set("inbox.oauth.token_url=http://127.0.0.1:8090/token")
        .set("inbox.oauth.client_id=esecured")
        .set("inbox.oauth.refresh_token=s3cret")
        .set("inbox.oauth.user=reply@example.com");
    let loaded = files.load();
    let smtp = loaded.config.smtp.clone().unwrap().oauth.unwrap();
    assert_eq!(smtp.client_secret.unwrap().expose_secret(), "s3cret");
    assert!(smtp.refresh_token.is_none() && smtp.scope.is_none());
    let inbox = loaded.config.inbox.clone().unwrap().oauth.unwrap();
    assert_eq!(inbox.refresh_token.unwrap().expose_secret(), "s3cret");
    assert!(inbox.client_secret.is_none());
    for shown in [
        loaded.show(true, false),
        loaded.show(true, true),
        format!("{loaded:?}"),
    ] {
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}

#[test]
fn half_of_what_tokens_need_is_a_fault_that_names_the_rest() {
    let faults = least_with("[smtp.oauth]\nscope = \"mail\"\n").faults();
    for missing in ["token_url", "client_id", "client_secret", "user"] {
        let expected = format!("smtp.oauth.{missing} is missing for access tokens");
        assert!(
            faults.iter().any(|fault| fault.contains(&expected)),
            "{faults:#?}"
        );
    }
    assert_eq!(faults.len(), 4, "{faults:#?}");
}

#[test]
fn a_token_goes_out_neither_in_clear_nor_beside_a_password() {
    let tokens = |url: &str| {
        let files = least_with(&oauth("smtp", WHOLE));
        files.set(&format!("smtp.url={url}")).only_fault()
    };
    for url in [
        "smtp://mx.example.com",
        "smtp://mx.example.com?tls=opportunistic",
    ] {
        let fault = tokens(url);
        assert!(
            fault.contains("would send access tokens in clear text"),
            "{fault}"
        );
    }
    let fault = tokens("smtps://anna:s3cret@mx.example.com");
    assert!(fault.contains("but smtp.url holds a password"), "{fault}");
    assert!(!fault.contains("s3cret"), "{fault}");
    let plain = WHOLE.replace("https://login", "http://login");
    let fault = least_with(&oauth("smtp", &plain)).only_fault();
    assert!(fault.contains("expected https://"), "{fault}");
}

#[test]
fn an_inbox_without_any_sign_in_is_a_fault() {
    let files = Files::with(&format!("{LEAST}[inbox]\n").replace("[mail]\n", INBOX));
    let fault = files
        .set("inbox.url=imaps://imap.example.com/INBOX")
        .only_fault();
    assert!(fault.contains("which needs a sign-in"), "{fault}");
}

#[test]
fn a_file_of_authorities_must_be_one_and_of_use() {
    let files = least_with("");
    let empty = files.write("empty.pem", "");
    let at = |url: &str, file: &str| {
        least_with("")
            .set(&format!("smtp.url={url}"))
            .set(&format!("smtp.ca_file={file}"))
            .only_fault()
    };
    let fault = at("smtps://mx.example.com", "/nowhere/ca.pem");
    assert!(
        fault.contains("smtp.ca_file is \"/nowhere/ca.pem\", which cannot be read: No such file"),
        "{fault}"
    );
    let fault = at("smtps://mx.example.com", &empty.display().to_string());
    assert!(fault.contains("which holds no certificate"), "{fault}");

    let real = include_str!("../../../tests/fixtures/authority.pem");
    let real = files.write("ca.pem", real);
    let fault = at("smtp://localhost:25", &real.display().to_string());
    assert!(fault.contains("but smtp.url is without TLS"), "{fault}");
    let loaded = least_with("")
        .set("smtp.url=smtps://mx.example.com")
        .set(&format!("smtp.ca_file={}", real.display()))
        .load();
    assert_eq!(loaded.config.smtp.unwrap().authorities.len(), 1);
}

#[test]
fn a_key_to_sign_with_is_whole_or_a_fault() {
    let faults = least_with("[mail.dkim]\ndomain = \"example.com\"\n").faults();
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(
        faults
            .iter()
            .any(|fault| fault.contains("mail.dkim.key_file is missing to sign mails"))
    );
    let at = |selector: &str, file: &str| {
        least_with("")
            .set(&format!("mail.dkim.selector={selector}"))
            .set(&format!("mail.dkim.key_file={file}"))
    };
    let fault = at("s1", "/nowhere/dkim.pem").only_fault();
    assert!(
        fault.contains("mail.dkim.key_file is \"/nowhere/dkim.pem\", which cannot be read"),
        "{fault}"
    );
    let fault = at("s 1", "/nowhere/dkim.pem").only_fault();
    assert!(
        fault.contains("mail.dkim.selector is \"s 1\", expected letters"),
        "{fault}"
    );

    let pair = ring::signature::Ed25519KeyPair::generate_pkcs8(&ring::rand::SystemRandom::new());
    let key = data_encoding::BASE64.encode(pair.unwrap().as_ref());
    let files = least_with("");
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
    let file = files.write("dkim.pem", &pem);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let signs = |domain: &str| {
        let files = at("s1", &file.display().to_string());
        files.set(&format!("mail.dkim.domain={domain}")).load()
    };
    let loaded = at("s1", &file.display().to_string()).load();
    assert_eq!(loaded.config.mail.dkim.unwrap().domain(), "example.com");
    let warned = |domain| {
        let warnings = signs(domain).warnings;
        warnings
            .iter()
            .any(|one| one.contains("DMARC does not count"))
    };
    assert!(!warned("example.com"));
    assert!(warned("example.org"));
}
