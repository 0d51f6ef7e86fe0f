//! Where our own mail server says nothing, DKIM and DMARC are checked by ourselves: which replies
//! may act, cell by cell.

use std::sync::Arc;
use std::time::Duration;

use esecured::config::RequireAuth;
use esecured::domain::email_address::EmailAddress;
use esecured::mail::own_check::OwnCheck;
use esecured::store::{aliases, people};

use super::{changed, does_nothing};
use crate::support::scripted_dns::ScriptedDns;
use crate::support::signed_mail::Signer;
use crate::support::{ANNA, BRAM, Database, Received, TULIPS, TestApp, on_both_databases};

/// Anna's other address.
const ALIAS: &str = "anna@roses.example";
const DOMAINS: [&str; 2] = ["tulips.example", "roses.example"];

/// Whatever the machine is busy with, a name server on it answers within this time.
const LOOK_UPS_MAX: Duration = Duration::from_secs(20);

/// Joris has asked; our mail server is known, and the domains of Anna's addresses sign their mail.
async fn asked(database: Database, signer: &Signer) -> (TestApp, Received, ScriptedDns) {
    let mut app = TestApp::start_with(database, |config| {
        config.replies.require_auth = RequireAuth::Dmarc;
        config.replies.authserv_id = Some("mx.example.com".to_owned());
    })
    .await;
    let dns = ScriptedDns::knowing(&signer.records(&DOMAINS)).await;
    app.app.own_check = Arc::new(OwnCheck::asking(dns.address, LOOK_UPS_MAX).unwrap());
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail, dns)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Reply,
    Forged,
    Bounce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    ByOurServer,
    ByOurselves,
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
        let proofs = [
            Proof::ByOurServer,
            Proof::ByOurselves,
            Proof::DeniedByOurServer,
            Proof::None,
        ];
        let tokens = [Token::Reply, Token::Forged, Token::Bounce];
        tokens.into_iter().flat_map(move |token| {
            proofs.into_iter().flat_map(move |proof| {
                [ANNA, ALIAS, BRAM]
                    .into_iter()
                    .map(move |from| Self { token, proof, from })
            })
        })
    }

    /// The four cells that may act: Anna herself, with her token, proven in either way.
    fn may_act(self) -> bool {
        self.token == Token::Reply
            && matches!(self.proof, Proof::ByOurServer | Proof::ByOurselves)
            && self.from != BRAM
    }

    /// What the operator is told where it may not.
    fn why_not(self) -> &'static str {
        match (self.token, self.proof) {
            (Token::Forged, _) => "no reply token of ours",
            (Token::Bounce, _) => "bounce address",
            (Token::Reply, _) if self.from == BRAM => "not the administrator",
            (Token::Reply, _) => "not proven",
        }
    }

    fn answer(self, mail: &Received, signer: &Signer, text: &str) -> Vec<u8> {
        let domain = self.from.split_once('@').unwrap().1;
        let raw = mail.answer(self.from, text);
        let address = mail.reply_to.as_deref().unwrap();
        let raw = match self.token {
            Token::Reply => raw,
            Token::Forged => {
                let last = if address.contains("a@") { "b@" } else { "a@" };
                let at = address.find('@').unwrap();
                let forged = format!("{}{last}{}", &address[..at - 1], &address[at + 1..]);
                changed(&raw, address, &forged)
            }
            Token::Bounce => changed(&raw, address, mail.envelope_from.as_deref().unwrap()),
        };
        let told = |result: &str| {
            let header = format!(
                "Authentication-Results: mx.example.com; dmarc={result} header.from={domain}\r\n"
            );
            [header.as_bytes(), &raw].concat()
        };
        match self.proof {
            Proof::ByOurServer => told("pass"),
            Proof::DeniedByOurServer => {
                // A good signature does not help against our own server's word.
                let header = "Authentication-Results: mx.example.com; dmarc=fail header.from=";
                let header = format!("{header}{domain}\r\n");
                [header.as_bytes(), &signer.sign(domain, &raw)].concat()
            }
            Proof::ByOurselves => signer.sign(domain, &raw),
            Proof::None => raw,
        }
    }
}

async fn of_the_36_cells_exactly_four_may_act(database: Database) {
    let signer = Signer::new();
    let (app, mail, _dns) = asked(database, &signer).await;
    anna_has_an_alias(&app).await;
    let id = app.request_of(&mail);
    let (acting, others): (Vec<Cell>, Vec<Cell>) = Cell::all().partition(|cell| cell.may_act());
    assert_eq!((acting.len(), others.len()), (4, 32));
    for cell in others {
        for text in ["weigeren", "akkoord"] {
            let outcome = does_nothing(&app, &cell.answer(&mail, &signer, text)).await;
            assert_eq!(outcome.effect.as_str(), "ignored", "{cell:?} {outcome:?}");
            assert!(
                outcome.reason.contains(cell.why_not()),
                "{cell:?} {outcome:?}"
            );
        }
    }
    assert_eq!(app.status_of(id).await, "pending");
    for (number, cell) in acting.into_iter().enumerate() {
        let id = app
            .asks(&format!("p{number}@a{number}.example"), TULIPS)
            .await;
        app.deliver_mail().await;
        let mails = app.mails_to(ANNA).into_iter();
        let mail = mails
            .rev()
            .find(|mail| mail.text.contains(&id.to_string()))
            .unwrap();
        let outcome = app.arrives(&cell.answer(&mail, &signer, "weigeren")).await;
        assert_eq!(outcome.effect.as_str(), "rejected", "{cell:?} {outcome:?}");
        assert_eq!(app.status_of(id).await, "rejected");
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

async fn only_a_whole_signature_for_the_domain_in_from_proves_it(database: Database) {
    let signer = Signer::new();
    let (app, mail, dns) = asked(database, &signer).await;
    let id = app.request_of(&mail);
    let raw = mail.answer(ANNA, "weigeren");
    let signed = signer.sign("tulips.example", &raw);
    for (what, raw) in [
        (
            "its text was changed",
            changed(&signed, "\r\nweigeren\r\n", "\r\nWeigeren!\r\n"),
        ),
        (
            "its sender was changed",
            changed(&signed, "From: Anna de Wit", "From: Anna"),
        ),
        ("another domain", signer.sign("roses.example", &raw)),
        ("a domain without a key", signer.sign("evil.example", &raw)),
        ("another key", Signer::new().sign("tulips.example", &raw)),
        (
            "From is not signed",
            signer.sign_headers("tulips.example", &["To", "Subject"], &raw),
        ),
        (
            "no signature",
            changed(&signed, "DKIM-Signature:", "DKIM-Signature: v=0;"),
        ),
        (
            "too many signatures",
            (0..11).fold(raw.clone(), |raw, _| signer.sign("tulips.example", &raw)),
        ),
    ] {
        let outcome = does_nothing(&app, &raw).await;
        assert_eq!(outcome.effect.as_str(), "ignored", "{what}: {outcome:?}");
        assert!(outcome.reason.contains("not proven"), "{what}: {outcome:?}");
    }
    assert_eq!(app.status_of(id).await, "pending");
    assert!(
        dns.asked()
            .iter()
            .any(|name| name == "s1._domainkey.tulips.example")
    );
    assert_eq!(app.arrives(&signed).await.effect.as_str(), "rejected");
}

async fn nobody_is_looked_up_whose_answer_could_not_act(database: Database) {
    let signer = Signer::new();
    let (app, mail, dns) = asked(database, &signer).await;
    let raw = mail.answer(ANNA, "weigeren");
    let automatic = ["Auto-Submitted: auto-replied\r\n".as_bytes(), &raw].concat();
    let forged = Cell {
        token: Token::Forged,
        proof: Proof::ByOurselves,
        from: ANNA,
    };
    for raw in [
        raw.clone(),
        signer.sign("tulips.example", &automatic),
        signer.sign("tulips.example", &mail.answer(BRAM, "weigeren")),
        forged.answer(&mail, &signer, "weigeren"),
    ] {
        does_nothing(&app, &raw).await;
    }
    assert_eq!(dns.asked(), Vec::<String>::new());
}

async fn a_name_server_that_says_nothing_proves_nobody(database: Database) {
    let signer = Signer::new();
    let (mut app, mail, _dns) = asked(database, &signer).await;
    let silent = ScriptedDns::silent().await;
    let patience = Duration::from_millis(50);
    app.app.own_check = Arc::new(OwnCheck::asking(silent.address, patience).unwrap());
    let signed = signer.sign("tulips.example", &mail.answer(ANNA, "weigeren"));
    let outcome = does_nothing(&app, &signed).await;
    assert!(outcome.reason.contains("in time"), "{outcome:?}");
}

on_both_databases!(
    of_the_36_cells_exactly_four_may_act,
    only_a_whole_signature_for_the_domain_in_from_proves_it,
    nobody_is_looked_up_whose_answer_could_not_act,
    a_name_server_that_says_nothing_proves_nobody,
);
