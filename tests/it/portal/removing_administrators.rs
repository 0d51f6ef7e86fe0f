//! Somebody is an administrator no more, or leaves.

use esecured::domain::{
    account_number::AccountNumber, email_address::EmailAddress, language::Language,
};
use esecured::workflow::manage;

use super::{
    CARLA, ROSES, add_roses,
    customer_administrators::{DORA, LIST, adds, id_of, removes},
};
use crate::support::{
    ANNA, BRAM, Browser, Database, JORIS, Received, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases,
};

async fn who_is_removed_is_out_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(BRAM);
    let bram = app.signed_in(BRAM).await;
    let anna = app.signed_in(ANNA).await;
    adds(&anna, "Dora Groen", DORA).await;
    app.deliver_mail().await;
    let of_bram = id_of(&app, BRAM).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_bram}");
    anna.open(&question)
        .await
        .shows("Bram Smith verwijderen?")
        .shows("De links in eerdere mails aan");
    let done = removes(&anna, &of_bram).await;
    let list = anna.open(&done.location.unwrap()).await;
    list.shows("De accountbeheerder is verwijderd").hides(BRAM);

    // Session, link and reply: none of them is worth anything.
    assert_eq!(bram.open("/authorized-users").await.status, 303);
    assert_eq!(app.browser().open(&mail.path("/r/")).await.status, 404);
    let outcome = app.arrives(&mail.answer(BRAM, "reject")).await;
    assert_eq!(outcome.effect.as_str(), "answered");
    assert_eq!(app.status_of(id).await, "pending");
    let bram = app.signed_in(BRAM).await;
    bram.open("/authorized-users").await.hides(JORIS);
    let list = bram.open(LIST).await;
    list.shows("Je beheert geen klantnummer").hides(TULIPS);
    bram.open("/")
        .await
        .shows("Je beheert geen klantnummer meer")
        .hides("nog geen");

    app.deliver_mail().await;
    // His late answer is answered as well, and what waits together goes out in any order.
    let mails = app.mails_to(BRAM);
    let says_it = |mail: &&Received| mail.subject.starts_with("You administer one account less");
    let told = mails.iter().find(says_it).unwrap();
    assert!(told.text.contains("Anna de Wit removed you"));
    let told = app.last_mail_to(DORA);
    assert!(told.subject.starts_with("Accountbeheerder verwijderd"));
    assert!(told.text.contains(BRAM));
    let of_anna = app.mails_to(ANNA);
    assert!(
        of_anna
            .iter()
            .all(|mail| !mail.text.contains("verwijderd als"))
    );
    invariants::hold(&app.app).await;
}

async fn the_last_who_can_sign_in_stays(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let of_anna = id_of(&app, ANNA).await;
    let of_bram = id_of(&app, BRAM).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_anna}");
    // Dora is there, but cannot sign in yet; Bram could, and never did for this account.
    adds(&anna, "Dora Groen", DORA).await;
    anna.open(&question)
        .await
        .shows("wacht tot die heeft ingelogd");
    assert_eq!(submits_removal(&anna, &of_anna).await.status, 400);
    assert_eq!(removes(&anna, &of_bram).await.status, 303);
    let page = anna.open(&question).await;
    page.shows("Jezelf verwijderen?")
        .shows("Dit kan nu niet")
        .hides("name=\"administrator\"");
    let refused = submits_removal(&anna, &of_anna).await;
    assert_eq!(refused.status, 400);
    refused.shows("Dit kan nu niet");
    anna.open(LIST).await.shows("Anna de Wit");
    // Whoever only waits for a password can be removed, and then has no invitation any more.
    app.deliver_mail().await;
    let mails = app.mails_to(DORA);
    let invitation = mails.iter().find(|mail| mail.text.contains("/invite/"));
    let invitation = invitation.unwrap().path("/invite/");
    let of_dora = id_of(&app, DORA).await;
    assert_eq!(removes(&anna, &of_dora).await.status, 303);
    assert_eq!(app.browser().open(&invitation).await.status, 404);
    invariants::hold(&app.app).await;
}

async fn somebody_may_leave_where_another_stays(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let of_anna = id_of(&app, ANNA).await;
    let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_anna}");
    // Bram has a password, and never signed in here: whether he could is not told.
    anna.open(&question)
        .await
        .shows("Niemand anders heeft voor dit klantnummer al eens ingelogd");
    app.signed_in(BRAM).await;
    anna.open(&question)
        .await
        .hides("Niemand anders heeft voor dit klantnummer al eens ingelogd")
        .shows("Terug kan alleen als een andere beheerder je weer toevoegt");
    let left = removes(&anna, &of_anna).await;
    assert_eq!(left.location.as_deref(), Some("/login?signed_out=1"));
    assert_eq!(anna.open("/").await.status, 303);
    app.deliver_mail().await;
    assert!(app.mails_to(ANNA).is_empty());
    let told = app.last_mail_to(BRAM);
    assert!(
        told.text
            .contains("Anna de Wit removed an account administrator")
    );
    invariants::hold(&app.app).await;
}

/// Anna appoints Carla of another company and leaves; Carla, who never did anything for the account and
/// was not asked, may leave it all the same. Whoever did something there stays.
async fn who_was_appointed_unasked_may_leave_as_the_last(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let of_carla = id_of(&app, CARLA).await;
    for acts in [false, true] {
        let anna = app.signed_in(ANNA).await;
        adds(&anna, "Carla Vos", CARLA).await;
        let carla = app.signed_in(CARLA).await;
        if !acts {
            let of_bram = id_of(&app, BRAM).await;
            removes(&anna, &of_bram).await;
            // What she does for herself, and every account of hers hears of, is nothing she did for this one.
            let csrf = carla.open(LIST).await.field("csrf");
            let fields = [
                ("csrf", csrf.as_str()),
                ("account", ROSES),
                ("administrator", &of_carla),
                ("action", "add"),
                ("email", "carla@home.example"),
            ];
            let added = carla.submit(&format!("{LIST}/aliases"), &fields).await;
            assert_eq!(added.status, 303, "{}", added.body);
        }
        removes(&anna, &id_of(&app, ANNA).await).await;
        let question = format!("{LIST}/remove?account={TULIPS}&administrator={of_carla}");
        if acts {
            let csrf = carla.open(LIST).await.field("csrf");
            let fields = [("csrf", csrf.as_str()), ("account", TULIPS), ("to", "off")];
            let off = carla.submit(&format!("{LIST}/esecure"), &fields).await;
            assert_eq!(off.status, 303, "{}", off.body);
            carla.open(&question).await.shows("Dit kan nu niet");
            assert_eq!(submits_removal(&carla, &of_carla).await.status, 400);
            continue;
        }
        carla
            .open(&question)
            .await
            .shows("Niemand anders heeft voor dit klantnummer al eens ingelogd");
        let left = submits_removal(&carla, &of_carla).await;
        assert_eq!(
            left.location.as_deref(),
            Some("/customer-administrators?done=left")
        );
        app.deliver_mail().await;
        // The operator makes Anna administrator again, for the second round.
        let anna = EmailAddress::parse(ANNA).unwrap();
        let tulips = AccountNumber::parse(TULIPS).unwrap();
        manage::add_administrator(&app.app, &anna, &tulips, "Anna", Language::Nl, None)
            .await
            .unwrap();
    }
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

/// Sends the form, whatever the page that asks says.
async fn submits_removal(browser: &Browser, id: &str) -> Page {
    let csrf = browser.open(LIST).await.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("administrator", id),
    ];
    browser.submit(&format!("{LIST}/remove"), &fields).await
}

/// Whoever leaves one account of two stays signed in, and is told so; with the last it is over.
async fn who_leaves_one_of_two_accounts_stays_signed_in(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let email = EmailAddress::parse(ANNA).unwrap();
    let roses = AccountNumber::parse(ROSES).unwrap();
    manage::add_administrator(&app.app, &email, &roses, "Anna", Language::Nl, None)
        .await
        .unwrap();
    for other in [BRAM, CARLA] {
        app.signed_in(other).await;
    }
    let (anna, elsewhere) = (app.signed_in(ANNA).await, app.signed_in(ANNA).await);
    let of_anna = id_of(&app, ANNA).await;
    let left = removes(&anna, &of_anna).await;
    let to = left.location.as_deref();
    assert_eq!(to, Some("/customer-administrators?done=left"));
    let list = anna.open(to.unwrap()).await;
    assert_eq!(list.status, 200);
    list.shows("Je beslist niet meer over dat klantnummer. Je bent nog wel ingelogd.")
        .shows(ROSES)
        .hides(TULIPS);
    let csrf = list.field("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", ROSES),
        ("administrator", &of_anna),
    ];
    let left = anna.submit(&format!("{LIST}/remove"), &fields).await;
    assert_eq!(left.location.as_deref(), Some("/login?signed_out=1"));
    for browser in [anna, elsewhere] {
        assert_eq!(browser.open("/settings").await.status, 303);
    }
    let mut conn = app.app.store.read().await.unwrap();
    let of_anna = id_of(&app, ANNA).await;
    let sessions: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM session WHERE administrator_id = $1")
            .bind(of_anna)
            .fetch_one(&mut *conn)
            .await
            .unwrap();
    assert_eq!(sessions, 0);
    drop(conn);
    invariants::hold(&app.app).await;
}

async fn two_who_remove_each_other_leave_one(database: Database) {
    let app = TestApp::start(database).await;
    let (anna, bram) = (app.signed_in(ANNA).await, app.signed_in(BRAM).await);
    let (of_anna, of_bram) = (id_of(&app, ANNA).await, id_of(&app, BRAM).await);
    let path = format!("{LIST}/remove");
    let csrf_anna = anna.open(LIST).await.field("csrf");
    let csrf_bram = bram.open(LIST).await.field("csrf");
    let by_anna = [
        ("csrf", csrf_anna.as_str()),
        ("account", TULIPS),
        ("administrator", &of_bram),
    ];
    let by_bram = [
        ("csrf", csrf_bram.as_str()),
        ("account", TULIPS),
        ("administrator", &of_anna),
    ];
    let (one, other) = tokio::join!(anna.submit(&path, &by_anna), bram.submit(&path, &by_bram));
    let done = [&one, &other]
        .map(|page| page.location.as_deref() == Some("/customer-administrators?done=removed"));
    assert!(done[0] != done[1], "{} {}", one.status, other.status);
    let mut conn = app.app.store.read().await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM account_administrator")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(left, 1);
    drop(conn);
    invariants::hold(&app.app).await;
}

async fn whoever_comes_back_is_asked_what_still_waits(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.dismiss(BRAM, TULIPS).await;
    app.deliver_mail().await; // His is dropped: it is not his to decide.
    assert_eq!(app.mails_to(BRAM).len(), 0);
    app.pass(std::time::Duration::from_secs(60));
    let bram = EmailAddress::parse(BRAM).unwrap();
    let tulips = AccountNumber::parse(TULIPS).unwrap();
    manage::add_administrator(&app.app, &bram, &tulips, "Bram", Language::En, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM);
    let asked = mails.iter().filter(|mail| mail.text.contains("/r/"));
    let asked: Vec<_> = asked.map(|mail| app.request_of(mail)).collect();
    assert_eq!(asked, [id]);
    invariants::hold(&app.app).await;
}

async fn what_was_changed_back_is_not_told(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    adds(&anna, "Dora Groen", DORA).await;
    let of_dora = id_of(&app, DORA).await;
    removes(&anna, &of_dora).await;
    app.deliver_mail().await;
    let mails = app.mails_to(BRAM);
    assert_eq!(mails.len(), 1, "only that she was removed");
    assert!(
        mails[0]
            .subject
            .starts_with("Account administrator removed")
    );
    assert!(
        app.mails_to(DORA)
            .iter()
            .all(|mail| !mail.text.contains("/invite/"))
    );
}

on_both_databases!(
    who_is_removed_is_out_at_once,
    the_last_who_can_sign_in_stays,
    somebody_may_leave_where_another_stays,
    who_was_appointed_unasked_may_leave_as_the_last,
    who_leaves_one_of_two_accounts_stays_signed_in,
    two_who_remove_each_other_leave_one,
    whoever_comes_back_is_asked_what_still_waits,
    what_was_changed_back_is_not_told,
);
