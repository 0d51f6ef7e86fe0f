//! Mails that we sign ourselves (DKIM): checked by OpenDKIM, and by the library that checks what
//! comes in.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use esecured::{
    domain::{language::Language, message::MessageKind, timestamp::Timestamp},
    mail::{
        compose::{self, SIZE_MAX, preview::Sample},
        dkim::{Dkim, ReadKeyError},
        own_check::OwnCheck,
    },
    reading::Verdict,
    templates::Templates,
};
use tempfile::TempDir;

use crate::support::{
    ANNA, BRAM, Database, JORIS, TestApp,
    process::{installed, run},
    scripted_dns::ScriptedDns,
};

const DOMAIN: &str = "esecure.example.net";

/// A directory with a key of each kind, and what OpenDKIM needs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (name, arguments) in [
            (
                "rsa",
                "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
            ),
            (
                "short",
                "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024",
            ),
            ("ed25519", "genpkey -algorithm ED25519"),
            (
                "curve",
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
            ),
        ] {
            desk.openssl(&format!("{arguments} -out {name}.pem"));
        }
        desk.openssl("rsa -traditional -in rsa.pem -out pkcs1.pem");
        desk
    }

    fn openssl(&self, arguments: &str) {
        let mut openssl = Command::new("openssl");
        run(openssl.current_dir(&self.0).args(arguments.split(' ')));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn signer(&self, key: &str) -> Result<Dkim, ReadKeyError> {
        let file = self.path(&format!("{key}.pem"));
        Dkim::read(DOMAIN.to_owned(), "s1".to_owned(), &file)
    }

    /// What OpenDKIM says of a mail.
    fn opendkim(&self, dkim: &Dkim, mail: &[u8]) -> String {
        let opendkim = installed(&["/usr/sbin/opendkim"], "opendkim");
        let (name, text) = dkim.record();
        let keys = self.path("keys");
        fs::write(&keys, format!("{name} {text}\n")).unwrap();
        let settings = format!("Mode v\nTestPublicKeys {}\n", keys.display());
        fs::write(self.path("opendkim.conf"), settings).unwrap();
        fs::write(self.path("mail.eml"), mail).unwrap();
        let output = Command::new(opendkim)
            .current_dir(&self.0)
            .args(["-x", "opendkim.conf", "-t", "mail.eml", "-v"])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// What our own check says, with that record in DNS.
async fn our_verdict(dkim: &Dkim, mail: &[u8]) -> Verdict {
    let policy = (
        format!("_dmarc.{DOMAIN}"),
        "v=DMARC1; p=reject; adkim=s".to_owned(),
    );
    let dns = ScriptedDns::knowing(&[dkim.record(), policy]).await;
    let check = OwnCheck::asking(dns.address, Duration::from_secs(3)).unwrap();
    check.dmarc(mail, DOMAIN).await
}

/// The sample mail of that kind, signed.
fn composed(kind: MessageKind, dkim: &Dkim) -> Vec<u8> {
    let (templates, sample) = (Templates::load().unwrap(), Sample::new());
    let mut facts = sample.facts(kind, Language::Nl);
    facts.signed_by = Some(dkim);
    compose::compose(&templates, &facts).unwrap().bytes
}

/// The mail with the first of these words replaced.
fn changed(mail: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    text.replacen(from, to, 1).into_bytes()
}

#[tokio::test]
async fn opendkim_and_our_own_check_believe_what_we_signed_and_nothing_that_was_changed() {
    let desk = Desk::new();
    for (key, algorithm) in [
        ("rsa", "a=rsa-sha256"),
        ("pkcs1", "a=rsa-sha256"),
        ("ed25519", "a=ed25519-sha256"),
    ] {
        let dkim = desk.signer(key).unwrap();
        let mail = composed(MessageKind::ApprovalRequest, &dkim);
        let text = String::from_utf8(mail.clone()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(
            head.starts_with("DKIM-Signature: v=1; ") && head.contains(algorithm),
            "{head}"
        );
        assert!(head.lines().all(|line| line.len() <= 100), "{head}");

        let said = desk.opendkim(&dkim, &mail);
        assert!(said.contains("succeeded"), "{key}: {said}");
        assert_eq!(our_verdict(&dkim, &mail).await, Verdict::Pass, "{key}");

        for (what, other) in [
            ("in the body", changed(&mail, "Bakkerij", "Bakkerij2")),
            ("in a header", changed(&mail, "\r\nTo: ", "\r\nTo: x")),
            (
                "a second From",
                [b"From: <x@example.com>\r\n", &mail[..]].concat(),
            ),
            (
                "in the date",
                changed(&mail, "\r\nDate: Tue, 12", "\r\nDate: Wed, 13"),
            ),
        ] {
            let said = desk.opendkim(&dkim, &other);
            assert!(!said.contains("succeeded"), "{key}, {what}: {said}");
            let verdict = our_verdict(&dkim, &other).await;
            assert!(
                matches!(verdict, Verdict::Fail { .. }),
                "{key}, {what}: {verdict:?}"
            );
        }
    }
}

#[test]
fn every_kind_of_mail_is_signed_within_its_size_and_the_same_each_time() {
    let desk = Desk::new();
    let dkim = desk.signer("rsa").unwrap();
    for &kind in MessageKind::ALL {
        let mail = composed(kind, &dkim);
        assert!(mail.len() <= SIZE_MAX, "{kind:?}: {} octets", mail.len());
        assert_eq!(mail, composed(kind, &dkim), "{kind:?}");
        let said = desk.opendkim(&dkim, &mail);
        assert!(said.contains("succeeded"), "{kind:?}: {said}");
    }
    // The time of the signature is that of the mail.
    let signed = |at| dkim.signed(b"From: a@b.example\r\n\r\nx\r\n", at).unwrap();
    let at = Timestamp::from_seconds(1_778_570_040);
    assert!(
        String::from_utf8(signed(at))
            .unwrap()
            .contains(" t=1778570040;")
    );
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    let desk = Desk::new();
    let nothing = desk.path("nothing.pem");
    fs::write(&nothing, "no key\n").unwrap();
    fs::set_permissions(&nothing, fs::Permissions::from_mode(0o600)).unwrap();
    for (key, words) in [
        ("short", "at least 2048 bits"),
        ("curve", "expected RSA"),
        ("nothing", "holds no private key"),
        ("nowhere", "cannot be read: No such file"),
    ] {
        let fault = desk.signer(key).unwrap_err().to_string();
        assert!(fault.contains(words), "{key}: {fault}");
    }
    let open: &Path = &desk.path("rsa.pem");
    fs::set_permissions(open, fs::Permissions::from_mode(0o644)).unwrap();
    let fault = desk.signer("rsa").unwrap_err().to_string();
    assert!(
        fault.contains("which everybody on this machine can read"),
        "{fault}"
    );
}

#[test]
fn the_record_fits_into_a_zone_file() {
    let desk = Desk::new();
    let dkim = desk.signer("rsa").unwrap();
    let (name, text) = dkim.record();
    assert_eq!(name, "s1._domainkey.esecure.example.net");
    assert!(
        text.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
        "{text}"
    );
    let line = dkim.zone_line();
    let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
    assert!(
        strings.iter().all(|string| string.len() <= 255) && strings.len() == 2,
        "{line}"
    );
    assert_eq!(strings.concat(), text);

    let (_, text) = desk.signer("ed25519").unwrap().record();
    let key = text.strip_prefix("v=DKIM1; k=ed25519; p=").unwrap();
    assert_eq!(key.len(), 44, "{key}");
}

#[tokio::test]
async fn what_the_courier_sends_is_signed() {
    let desk = Desk::new();
    let dkim = Dkim::read(
        "esecure.example.net".to_owned(),
        "s1".to_owned(),
        &desk.path("rsa.pem"),
    );
    let dkim = dkim.unwrap();
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.mail.dkim = Some(dkim.clone());
    })
    .await;
    app.joris_asks().await;
    app.deliver_mail().await;
    for to in [ANNA, BRAM, JORIS] {
        let mail = app.last_mail_to(to);
        let said = desk.opendkim(&dkim, &mail.raw);
        assert!(said.contains("succeeded"), "{said}");
    }
}
