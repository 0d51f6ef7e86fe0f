//! A forwarder adds its own lines to mails, so that no signature of theirs holds any more. Its seal says
//! what it saw before, and counts where the operator trusts it (ARC, RFC 8617).

use std::sync::Arc;
use std::time::Duration;

use esecured::config::RequireAuth;
use esecured::domain::domain_name::DomainName;
use esecured::mail::own_check::OwnCheck;

use super::{changed, does_nothing};
use crate::support::scripted_dns::ScriptedDns;
use crate::support::signed_mail::Signer;
use crate::support::{ANNA, BRAM, Database, Received, TestApp, invariants};

const LISTS: &str = "lists.example";
const ARCHIVE: &str = "archive.example";
const EVIL: &str = "evil.example";
const SAW_PASS: &str = "dmarc=pass (p=reject) header.from=tulips.example";
const LOOK_UPS_MAX: Duration = Duration::from_secs(20);

/// Joris has asked; Anna's domain and all forwarders publish a key.
struct Place {
    app: TestApp,
    mail: Received,
    signer: Signer,
    dns: ScriptedDns,
}

impl Place {
    async fn trusting(sealers: &[&str]) -> Self {
        let mut app = TestApp::start_with(Database::Sqlite, |config| {
            config.replies.require_auth = RequireAuth::Dmarc;
            config.replies.authserv_id = Some("mx.example.com".to_owned());
            let sealers = sealers.iter().map(|name| DomainName::parse(name).unwrap());
            config.replies.arc_sealers = sealers.collect();
        })
        .await;
        let signer = Signer::new();
        let domains = ["tulips.example", LISTS, ARCHIVE, EVIL];
        let dns = ScriptedDns::knowing(&signer.records(&domains)).await;
        app.app.own_check = Arc::new(OwnCheck::asking(dns.address, LOOK_UPS_MAX).unwrap());
        app.joris_asks().await;
        app.deliver_mail().await;
        let mail = app.last_mail_to(ANNA);
        Self {
            app,
            mail,
            signer,
            dns,
        }
    }

    /// Anna's answer, signed by her mail server, with the lines that a list adds.
    fn with_a_footer(&self, from: &str, text: &str) -> Vec<u8> {
        let signed = self
            .signer
            .sign("tulips.example", &self.mail.answer(from, text));
        [&signed[..], b"\r\n_______\r\nSent to all of sales\r\n"].concat()
    }

    async fn sealed(&self, by: &str, saw: &str, raw: &[u8]) -> Vec<u8> {
        self.signer.seal(self.dns.address, by, saw, raw).await
    }
}

/// What our own server says of what the forwarder sent.
fn seen_to_fail(raw: &[u8]) -> Vec<u8> {
    let said = "Authentication-Results: mx.example.com; dmarc=fail header.from=tulips.example\r\n";
    [said.as_bytes(), raw].concat()
}

#[tokio::test]
async fn the_word_of_trusted_forwarders_counts_where_nothing_else_shows_the_sender() {
    for (told, by) in [
        (true, &[LISTS][..]),
        (false, &[LISTS]),
        (true, &[LISTS, ARCHIVE]),
    ] {
        let place = Place::trusting(&[ARCHIVE, LISTS]).await;
        let id = place.app.request_of(&place.mail);
        let mut raw = place.with_a_footer(ANNA, "weigeren");
        for (number, by) in by.iter().enumerate() {
            let saw = if number == 0 {
                SAW_PASS
            } else {
                "arc=pass; dmarc=fail"
            };
            raw = place.sealed(by, saw, &raw).await;
        }
        if told {
            raw = seen_to_fail(&raw);
        }
        let outcome = place.app.arrives(&raw).await;
        assert_eq!(
            outcome.effect.as_str(),
            "rejected",
            "{told} {by:?} {outcome:?}"
        );
        assert_eq!(place.app.status_of(id).await, "rejected");
        let events = place.app.events("access_request.rejected").await;
        assert_eq!(
            events[0]["authentication"],
            "dmarc=pass, sealed by a trusted forwarder"
        );
        place.app.deliver_mail().await;
        invariants::hold(&place.app.app).await;
    }
}

#[tokio::test]
async fn no_seal_opens_and_none_counts_that_is_not_whole_trusted_and_about_the_sender() {
    let place = Place::trusting(&[LISTS, ARCHIVE]).await;
    let id = place.app.request_of(&place.mail);
    let footed = place.with_a_footer(ANNA, "weigeren");
    let sealed = place.sealed(LISTS, SAW_PASS, &footed).await;
    let by_evil = place.sealed(EVIL, SAW_PASS, &footed).await;
    for (what, raw) in [
        ("nobody knows its sealer", by_evil.clone()),
        (
            "a trusted one passed on what somebody else had sealed",
            place.sealed(LISTS, "arc=pass", &by_evil).await,
        ),
        (
            "somebody else passed it on",
            place.sealed(EVIL, "arc=pass", &sealed).await,
        ),
        (
            "its text was changed since",
            changed(&sealed, "\r\nweigeren\r\n", "\r\nWeigeren!\r\n"),
        ),
        (
            "what it saw was changed since",
            changed(
                &place.sealed(LISTS, "dmarc=none", &footed).await,
                "dmarc=none",
                SAW_PASS,
            ),
        ),
        (
            "it saw that it did not pass",
            place
                .sealed(LISTS, "dmarc=fail header.from=tulips.example", &footed)
                .await,
        ),
        (
            "it saw another domain pass",
            place
                .sealed(LISTS, "dmarc=pass header.from=roses.example", &footed)
                .await,
        ),
        (
            "it saw something else pass",
            place
                .sealed(LISTS, "dkim=pass header.d=tulips.example", &footed)
                .await,
        ),
        ("From is not sealed", {
            let (signer, dns) = (&place.signer, place.dns.address);
            let headers = ["To", "Subject"];
            signer
                .seal_headers(dns, LISTS, SAW_PASS, &headers, &footed)
                .await
        }),
        (
            "another key",
            Signer::new()
                .seal(place.dns.address, LISTS, SAW_PASS, &footed)
                .await,
        ),
        (
            "somebody else's mail",
            place
                .sealed(LISTS, SAW_PASS, &place.with_a_footer(BRAM, "weigeren"))
                .await,
        ),
    ] {
        for raw in [raw.clone(), seen_to_fail(&raw)] {
            let outcome = does_nothing(&place.app, &raw).await;
            assert_eq!(outcome.effect.as_str(), "ignored", "{what} {outcome:?}");
        }
    }
    let approves = place.with_a_footer(ANNA, "akkoord");
    let outcome = place
        .app
        .arrives(&place.sealed(LISTS, SAW_PASS, &approves).await)
        .await;
    assert_eq!(outcome.effect.as_str(), "answered", "{outcome:?}");
    assert_eq!(place.app.status_of(id).await, "pending");
    place.app.deliver_mail().await;
    invariants::hold(&place.app.app).await;
}

#[tokio::test]
async fn without_trusted_forwarders_no_seal_counts_and_nobody_is_asked_about_one() {
    let place = Place::trusting(&[]).await;
    let raw = place.mail.answer(ANNA, "weigeren");
    let sealed = place.sealed(LISTS, SAW_PASS, &raw).await;
    let outcome = does_nothing(&place.app, &sealed).await;
    assert!(outcome.reason.contains("no DKIM signature"), "{outcome:?}");

    let trusting = Place::trusting(&[ARCHIVE]).await;
    let raw = trusting.mail.answer(ANNA, "weigeren");
    let sealed = trusting.sealed(LISTS, SAW_PASS, &raw).await;
    let outcome = does_nothing(&trusting.app, &sealed).await;
    assert!(
        outcome.reason.contains("not among inbox.arc_sealers"),
        "{outcome:?}"
    );
    assert!(
        trusting.dns.asked().is_empty(),
        "{:?}",
        trusting.dns.asked()
    );
}
