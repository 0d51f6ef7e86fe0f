//! A new administrator is invited by mail: the one thing that a mail may open, once.

use std::time::Duration;

use esecured::{
    domain::{
        account::Account, account_number::AccountNumber, email_address::EmailAddress,
        language::Language,
    },
    invitation_link,
    workflow::{
        accept_invitation,
        invite::{self, InviteError},
        manage::{self, Existence},
    },
};
use sqlx::Row;

use crate::portal::{ROSES, add_roses};
use crate::support::{
    ANNA, Database, TULIPS, TestApp, invariants, on_both_databases, test_app::PASSWORD,
};

const CARLA: &str = "carla@tulips.example";
const CHOSEN: &str = "five yellow wheelbarrows";
const HOUR: Duration = Duration::from_secs(3600);

/// The operator makes Carla an administrator of Tulips; the path in the mail she gets.
async fn invited(app: &TestApp) -> String {
    let email = EmailAddress::parse(CARLA).unwrap();
    let number = AccountNumber::parse(TULIPS).unwrap();
    let (name, language) = ("Carla de Wit", Language::Nl);
    let invited = manage::add_administrator(&app.app, &email, &number, name, language, None).await;
    assert!(invited.unwrap());
    app.deliver_mail().await;
    app.last_mail_to(CARLA).path("/invite/")
}

/// Fills in the form behind an invitation, as it was just shown.
async fn chooses(app: &TestApp, path: &str, password: &str) -> crate::support::browser::Page {
    let browser = app.browser();
    let nonce = browser.open(path).await.field("nonce");
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", password),
        ("again", password),
    ];
    browser.submit(path, &fields).await
}

async fn carla_chooses_a_password_and_signs_in(database: Database) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let mail = app.last_mail_to(CARLA);
    assert!(mail.subject.starts_with("Kies je wachtwoord"));
    assert!(!mail.subject.contains(TULIPS));
    assert_eq!(mail.reply_to, None);

    // Looking at the page changes nothing, however often.
    let before = app.dump().await;
    for _ in 0..3 {
        let page = app.browser().open(&path).await;
        assert_eq!(page.status, 200);
        page.shows("Welkom, Carla de Wit")
            .shows(CARLA)
            .shows(TULIPS);
    }
    assert_eq!(app.dump().await, before);

    let done = chooses(&app, &path, CHOSEN).await;
    assert_eq!(
        (done.status, done.location.as_deref()),
        (303, Some("/login?welcome=1"))
    );
    let carla = app.browser();
    carla
        .open("/login?welcome=1")
        .await
        .shows("Je wachtwoord is ingesteld");
    assert_eq!(carla.sign_in(CARLA, CHOSEN, "/").await.status, 303);
    carla
        .open("/authorized-users")
        .await
        .shows("eSecure toegang");

    // Once and never again.
    let again = app.browser().open(&path).await;
    assert_eq!(again.status, 200);
    again
        .shows("Je hebt al een wachtwoord")
        .hides("type=\"password\"");
    let fields = [("new", PASSWORD), ("again", PASSWORD)];
    let posted = app.browser().submit(&path, &fields).await;
    posted.shows("Je hebt al een wachtwoord");
    assert_eq!(
        app.browser().sign_in(CARLA, PASSWORD, "/").await.status,
        401
    );
    invariants::hold(&app.app).await;
}

async fn what_is_typed_wrongly_is_named_and_changes_nothing(database: Database) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    let before = app.dump().await;
    for (nonce, password, repeated, words) in [
        ("", CHOSEN, CHOSEN, "stond te lang open"),
        (nonce.as_str(), "short", "short", "minstens 15 tekens"),
        (
            nonce.as_str(),
            CHOSEN,
            "five yellow wheelbarrow",
            "niet twee keer hetzelfde",
        ),
        (
            nonce.as_str(),
            "passpasspasspass",
            "passpasspasspass",
            "te makkelijk te raden",
        ),
    ] {
        let fields = [("nonce", nonce), ("new", password), ("again", repeated)];
        let page = browser.submit(&path, &fields).await;
        assert_eq!(page.status, 400, "{words}");
        page.shows(words).shows("Fout: ").hides(CHOSEN);
    }
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", CHOSEN),
        ("again", CHOSEN),
    ];
    let foreign = [("sec-fetch-site", "cross-site")];
    let page = browser.submit_with(&path, &fields, &foreign).await;
    assert_eq!(page.status, 400);
    app.pass(HOUR);
    let page = browser.submit(&path, &fields).await;
    page.shows("stond te lang open");
    assert_eq!(app.dump().await, before);
}

async fn an_invitation_ends_and_a_newer_one_takes_its_place(database: Database) {
    let app = TestApp::start(database).await;
    let first = invited(&app).await;
    app.pass(HOUR * 72 - Duration::from_secs(1));
    app.browser().open(&first).await.shows("type=\"password\"");
    app.pass(Duration::from_secs(1));
    let late = app.browser().open(&first).await;
    late.shows("Deze uitnodiging is verlopen")
        .shows("Vraag de systeembeheerder om je nog een keer uit te nodigen")
        .hides("type=\"password\"");
    let posted = app.browser().submit(&first, &[]).await;
    posted.shows("Deze uitnodiging is verlopen");

    let email = EmailAddress::parse(CARLA).unwrap();
    invite::invite(&app.app, &email).await.unwrap();
    app.deliver_mail().await;
    let second = app.last_mail_to(CARLA).path("/invite/");
    invite::invite(&app.app, &email).await.unwrap();
    app.deliver_mail().await;
    let third = app.last_mail_to(CARLA).path("/invite/");
    assert_ne!(second, third);
    let replaced = app.browser().open(&second).await;
    replaced.shows("Er is een nieuwere uitnodiging");
    assert_eq!(chooses(&app, &third, CHOSEN).await.status, 303);
}

/// A stolen inbox opens nothing for somebody who has a password.
async fn whoever_has_a_password_cannot_be_invited(database: Database) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let anna = EmailAddress::parse(ANNA).unwrap();
    let refused = invite::invite(&app.app, &anna).await;
    assert!(matches!(refused, Err(InviteError::HasPassword)));
    let nobody = EmailAddress::parse("nobody@tulips.example").unwrap();
    let refused = invite::invite(&app.app, &nobody).await;
    assert!(matches!(refused, Err(InviteError::UnknownAdministrator)));

    // A password set otherwise ends the invitation that was sent before.
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    let carla = EmailAddress::parse(CARLA).unwrap();
    manage::set_password(&app.app, &carla, PASSWORD.into())
        .await
        .unwrap();
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", CHOSEN),
        ("again", CHOSEN),
    ];
    for page in [
        browser.open(&path).await,
        browser.submit(&path, &fields).await,
    ] {
        page.shows("Je hebt al een wachtwoord")
            .hides("type=\"password\"");
    }
    assert_eq!(app.browser().sign_in(CARLA, CHOSEN, "/").await.status, 401);
    assert_eq!(
        app.browser().sign_in(CARLA, PASSWORD, "/").await.status,
        303
    );
}

async fn every_bad_token_gets_the_same_page(database: Database) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let token = path.trim_start_matches("/invite/").to_owned();
    let ring = app.app.keys.current();
    let unknown = esecured::domain::people::InvitationId::new();
    let genuine = invitation_link::encode(&ring, ring.signing_key(), unknown).unwrap();
    let mut pages = Vec::new();
    for bad in [
        "x".to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        token.to_ascii_lowercase(),
        genuine,
    ] {
        let path = format!("/invite/{bad}");
        let shown = app.browser().open(&path).await;
        let posted = app.browser().submit(&path, &[]).await;
        assert_eq!((shown.status, posted.status), (404, 404), "{bad}");
        pages.extend([shown.body, posted.body]);
    }
    assert!(pages.iter().all(|page| *page == pages[0]));
    // Who was removed meanwhile was never invited, as far as the page says.
    app.dismiss(CARLA, TULIPS).await;
    let gone = app.browser().open(&path).await;
    assert_eq!((gone.status, &gone.body), (404, &pages[0]));
}

/// Carla was invited for Tulips, and then for Roses as well: by which of the two mails she comes in
/// is hers to choose, and each is worth something for as long as she decides for its account.
async fn an_invitation_stands_and_falls_with_its_account(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let of_tulips = invited(&app).await;
    let email = EmailAddress::parse(CARLA).unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    let (name, language) = ("Carla de Wit", Language::Nl);
    manage::add_administrator(&app.app, &email, &roses, name, language, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let of_roses = app.last_mail_to(CARLA).path("/invite/");
    for (path, number) in [(&of_tulips, TULIPS), (&of_roses, ROSES)] {
        let page = app.browser().open(path).await;
        page.shows("Welkom, Carla de Wit").shows(number);
    }
    let nonce = app.browser().open(&of_tulips).await.field("nonce");
    app.dismiss(CARLA, TULIPS).await;
    let unknown = app.browser().open("/invite/x").await;
    let gone = app.browser().open(&of_tulips).await;
    assert_eq!((gone.status, gone.body), (404, unknown.body));
    let fields = [
        ("nonce", nonce.as_str()),
        ("new", CHOSEN),
        ("again", CHOSEN),
    ];
    let late = app.browser().submit(&of_tulips, &fields).await;
    assert_eq!(late.status, 404);
    // She may come back, but not by that mail.
    let again = invited(&app).await;
    let page = app.browser().open(&of_tulips).await;
    page.shows("Er is een nieuwere uitnodiging");
    assert_ne!(again, of_tulips);

    assert_eq!(chooses(&app, &of_roses, CHOSEN).await.status, 303);
    for path in [&of_roses, &again] {
        let page = app.browser().open(path).await;
        page.shows("Je hebt al een wachtwoord");
    }
    invariants::hold(&app.app).await;
}

async fn names_on_the_page_are_as_harmless_as_in_the_mail(database: Database) {
    let app = TestApp::start(database).await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    let account = Account {
        name: "Tulpen http://evil.example/win".to_owned(),
        ..manage::find_account(&app.app, &number).await.unwrap()
    };
    manage::put_account(&app.app, &account, Existence::Known)
        .await
        .unwrap();
    let email = EmailAddress::parse(CARLA).unwrap();
    let name = format!("Carla \u{202e}https://evil.example{}", "x".repeat(90));
    manage::add_administrator(&app.app, &email, &number, &name, Language::Nl, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let path = app.last_mail_to(CARLA).path("/invite/");
    let page = app.browser().open(&path).await;
    page.shows("Welkom, Carla hxxps://evil.example")
        .shows("(Tulpen hxxp://evil[.]example/win)")
        .hides("\u{202e}")
        .hides("https://evil")
        .hides("http://evil")
        .hides(&"x".repeat(80));
}

async fn two_presses_at_once_set_one_password(database: Database) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let token = path.trim_start_matches("/invite/");
    let open = accept_invitation::find(&app.app, token)
        .await
        .unwrap()
        .unwrap();
    let passwords = [CHOSEN, PASSWORD];
    let (one, other) = tokio::join!(
        accept_invitation::accept(&app.app, &open, passwords[0].into()),
        accept_invitation::accept(&app.app, &open, passwords[1].into()),
    );
    assert_ne!(one.is_ok(), other.is_ok());
    let (works, works_not) = if one.is_ok() { (0, 1) } else { (1, 0) };
    for (at, status) in [(works, 303), (works_not, 401)] {
        let page = app.browser().sign_in(CARLA, passwords[at], "/").await;
        assert_eq!(page.status, status);
    }
    let mut conn = app.app.store.read().await.unwrap();
    let set: i64 = sqlx::query(
        "SELECT COUNT(*) FROM audit_event
         WHERE name = 'administrator.password_set' AND evidence LIKE '%invitation%'",
    )
    .fetch_one(&mut *conn)
    .await
    .unwrap()
    .get(0);
    assert_eq!(set, 1);
    invariants::hold(&app.app).await;
}

async fn the_mail_is_the_same_at_every_attempt_and_holds_no_secret_of_the_database(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let path = invited(&app).await;
    let first = app.last_mail_to(CARLA);
    let token = path.trim_start_matches("/invite/");
    assert!(!app.dump().await.contains(token));
    // The answer of the mail server was lost: the mail goes out once more.
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(
        "UPDATE message SET status = 'queued', settled_at = NULL WHERE kind = 'invitation'",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    app.pass(HOUR);
    app.deliver_mail().await;
    let copies = app.mails_to(CARLA);
    assert_eq!(copies.len(), 2);
    assert_eq!(copies[1].raw, first.raw);
    // Used meanwhile, it is not sent again.
    chooses(&app, &path, CHOSEN).await;
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query(
        "UPDATE message SET status = 'queued', settled_at = NULL WHERE kind = 'invitation'",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    app.deliver_mail().await;
    let mails = app.mails_to(CARLA);
    assert_eq!(mails.len(), 3, "and one that tells of the password");
    assert!(!mails[2].text.contains("/invite/"));
}

on_both_databases!(
    carla_chooses_a_password_and_signs_in,
    what_is_typed_wrongly_is_named_and_changes_nothing,
    an_invitation_ends_and_a_newer_one_takes_its_place,
    whoever_has_a_password_cannot_be_invited,
    every_bad_token_gets_the_same_page,
    an_invitation_stands_and_falls_with_its_account,
    names_on_the_page_are_as_harmless_as_in_the_mail,
    two_presses_at_once_set_one_password,
    the_mail_is_the_same_at_every_attempt_and_holds_no_secret_of_the_database,
);
