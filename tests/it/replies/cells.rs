//! Which replies may act, cell by cell: whose token, what shows the sender, who that is.

use std::sync::Arc;
use std::time::Duration;

use esecured::config::RequireAuth;
use esecured::domain::domain_name::DomainName;
use esecured::domain::email_address::EmailAddress;
use esecured::mail::own_check::OwnCheck;
use esecured::store::{aliases, people};
use esecured::workflow::expire;
use esecured::workflow::read_mail::Effect;

use super::{changed, does_nothing};
use crate::support::scripted_dns::ScriptedDns;
use crate::support::signed_mail::Signer;
use crate::support::{ANNA, BRAM, Database, Received, TULIPS, TestApp, on_both_databases};

/// Anna's other address.
const ALIAS: &str = "anna@roses.example";
const LISTS: &str = "lists.example";
const EVIL: &str = "evil.example";
const LOOK_UPS_MAX: Duration = Duration::from_secs(20);
const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Reply,
    /// The same one twice.
    Twice,
    /// Of a request whose time is over.
    Late,
    Forged,
    Bounce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    ByOurServer,
    ByOurselves,
    /// A forwarder that the operator trusts changed it, and says what it saw before (ARC).
    SealedByTrusted,
    SealedByAnybody,
    DeniedByOurServer,
    None,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    token: Token,
    proof: Proof,
    from: &'static str,
}

impl Cell {
    fn all() -> impl Iterator<Item = Self> {
        let tokens = [
            Token::Reply,
            Token::Twice,
            Token::Late,
            Token::Forged,
            Token::Bounce,
        ];
        let proofs = [
            Proof::ByOurServer,
            Proof::ByOurselves,
            Proof::SealedByTrusted,
            Proof::SealedByAnybody,
            Proof::DeniedByOurServer,
            Proof::None,
        ];
        tokens.into_iter().flat_map(move |token| {
            proofs.into_iter().flat_map(move |proof| {
                [ANNA, ALIAS, BRAM]
                    .into_iter()
                    .map(move |from| Self { token, proof, from })
            })
        })
    }

    /// It is Anna, and something shows it.
    fn is_proven(self) -> bool {
        let proofs = [
            Proof::ByOurServer,
            Proof::ByOurselves,
            Proof::SealedByTrusted,
        ];
        proofs.contains(&self.proof) && self.from != BRAM
    }

    /// What the operator is told where it may not act.
    fn why_not(self) -> &'static str {
        match (self.token, self.proof) {
            (Token::Forged, _) => "no reply token of ours",
            (Token::Bounce, _) => "bounce address",
            _ if self.from == BRAM => "not the administrator",
            _ => "not proven",
        }
    }

    async fn answer(self, story: &Story, mail: &Received, text: &str) -> Vec<u8> {
        let domain = self.from.split_once('@').unwrap().1;
        let raw = mail.answer(self.from, text);
        let address = mail.reply_to.as_deref().unwrap();
        let raw = match self.token {
            Token::Reply | Token::Late => raw,
            Token::Twice => {
                let copied = format!("Cc: <{address}>\r\nSubject:");
                changed(&raw, "Subject:", &copied)
            }
            Token::Forged => with_a_forged_token(mail, &raw),
            Token::Bounce => changed(&raw, address, mail.envelope_from.as_deref().unwrap()),
        };
        let told = |result: &str, raw: &[u8]| {
            let header = format!(
                "Authentication-Results: mx.example.com; dmarc={result} header.from={domain}\r\n"
            );
            [header.as_bytes(), raw].concat()
        };
        let signed = story.signer.sign(domain, &raw);
        let sealed = async |by| {
            let saw = format!("dmarc=pass header.from={domain}");
            let footed = [&signed[..], b"\r\n_______\r\nSent to all of sales\r\n"].concat();
            story
                .signer
                .seal(story.dns.address, by, &saw, &footed)
                .await
        };
        match self.proof {
            Proof::ByOurServer => told("pass", &raw),
            Proof::ByOurselves => signed,
            Proof::SealedByTrusted => sealed(LISTS).await,
            Proof::SealedByAnybody => sealed(EVIL).await,
            // A good signature does not help against our own server's word.
            Proof::DeniedByOurServer => told("fail", &signed),
            Proof::None => raw,
        }
    }
}

/// An answer to an address whose token has one character changed.
pub(super) fn with_a_forged_token(mail: &Received, answer: &[u8]) -> Vec<u8> {
    let address = mail.reply_to.as_deref().unwrap();
    let (local, domain) = address.split_once('@').unwrap();
    let last = if local.ends_with('a') { "b" } else { "a" };
    let forged = format!("{}{last}@{domain}", &local[..local.len() - 1]);
    changed(answer, address, &forged)
}

/// Anna has an alias; her domains sign, and a list that is trusted passes mails on.
struct Story {
    app: TestApp,
    signer: Signer,
    dns: ScriptedDns,
}

impl Story {
    async fn begin(database: Database) -> Self {
        let mut app = TestApp::start_with(database, |config| {
            config.replies.require_auth = RequireAuth::Dmarc;
            config.replies.authserv_id = Some("mx.example.com".to_owned());
            config.replies.arc_sealers = vec![DomainName::parse(LISTS).unwrap()];
        })
        .await;
        let signer = Signer::new();
        let domains = ["tulips.example", "roses.example", LISTS, EVIL];
        let dns = ScriptedDns::knowing(&signer.records(&domains)).await;
        app.app.own_check = Arc::new(OwnCheck::asking(dns.address, LOOK_UPS_MAX).unwrap());
        anna_has_an_alias(&app).await;
        Self { app, signer, dns }
    }

    /// Somebody else asks; the mail that Anna gets.
    async fn asked_by(&self, email: &str) -> Received {
        self.app.asks(email, TULIPS).await;
        self.app.deliver_mail().await;
        self.app.last_mail_to(ANNA)
    }
}

async fn anna_has_an_alias(app: &TestApp) {
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let email = EmailAddress::parse(ANNA).unwrap();
    let (anna, _) = people::by_email(&mut tx, &email).await.unwrap().unwrap();
    let alias = EmailAddress::parse(ALIAS).unwrap();
    let person = people::person(&mut tx, &alias, now).await.unwrap();
    assert!(
        aliases::insert(&mut tx, person, anna.id, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

async fn of_the_90_cells_exactly_twelve_may_act_and_six_are_told_that_it_is_over(
    database: Database,
) {
    let story = Story::begin(database).await;
    let app = &story.app;
    let late = story.asked_by("laat@elsewhere.example").await;
    app.pass(DAY * 15);
    expire::expire_due(&app.app, 100).await.unwrap();
    app.deliver_mail().await;
    let mail = story.asked_by("joris@example.com").await;

    let (proven, others): (Vec<Cell>, Vec<Cell>) = Cell::all().partition(|cell| {
        cell.is_proven() && matches!(cell.token, Token::Reply | Token::Twice | Token::Late)
    });
    let (told, acting): (Vec<Cell>, Vec<Cell>) = proven
        .into_iter()
        .partition(|cell| cell.token == Token::Late);
    assert_eq!((acting.len(), told.len(), others.len()), (12, 6, 72));
    for (number, cell) in others.into_iter().enumerate() {
        let mail = if cell.token == Token::Late {
            &late
        } else {
            &mail
        };
        let text = ["weigeren", "akkoord"][number % 2];
        let outcome = does_nothing(app, &cell.answer(&story, mail, text).await).await;
        assert_eq!(outcome.effect, Effect::Ignored, "{cell:?} {outcome:?}");
        assert!(
            outcome.reason.contains(cell.why_not()),
            "{cell:?} {outcome:?}"
        );
    }
    assert_eq!(app.status_of(app.request_of(&mail)).await, "pending");

    for (number, cell) in told.into_iter().enumerate() {
        app.pass(DAY / 3);
        // Another mail each time.
        let text = format!("weigeren {}", "!".repeat(number));
        let raw = cell.answer(&story, &late, &text).await;
        let outcome = app.arrives(&raw).await;
        assert_eq!(outcome.effect, Effect::Answered, "{cell:?} {outcome:?}");
        assert!(outcome.reason.contains("already expired"), "{outcome:?}");
        app.deliver_mail().await;
    }
    assert_eq!(app.status_of(app.request_of(&late)).await, "expired");

    for (number, cell) in acting.into_iter().enumerate() {
        let mail = story
            .asked_by(&format!("p{number}@a{number}.example"))
            .await;
        let outcome = app
            .arrives(&cell.answer(&story, &mail, "weigeren").await)
            .await;
        assert_eq!(outcome.effect, Effect::Rejected, "{cell:?} {outcome:?}");
        assert_eq!(app.status_of(app.request_of(&mail)).await, "rejected");
        app.deliver_mail().await;
    }
}

on_both_databases!(of_the_90_cells_exactly_twelve_may_act_and_six_are_told_that_it_is_over);
