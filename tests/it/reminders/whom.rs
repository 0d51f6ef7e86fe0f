//! Who is reminded, who is asked instead, and who is left in peace.

use esecured::{
    config::Limit,
    domain::{address_state::AddressState, email_address::EmailAddress},
    store::{
        hearing,
        outbox::{self, Settlement},
        people,
    },
    workflow::{remind, returned_mail},
};
use sqlx::AssertSqlSafe;

use super::{DAY, HOUR, reminded, reminders, reminders_to};
use crate::support::{
    ANNA, BRAM, Database, TULIPS, TestApp, invariants, on_both_databases, test_app::without_limits,
};

/// What is known of somebody's address becomes this.
async fn becomes(app: &TestApp, address: &str, state: AddressState) {
    let mut tx = app.app.store.begin().await.unwrap();
    let email = EmailAddress::parse(address).unwrap();
    let (who, _) = people::by_email(&mut tx, &email).await.unwrap().unwrap();
    let now = app.app.clock.now();
    assert!(
        hearing::set_address_state(&mut tx, who.id, who.address_state, state, now)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

async fn nobody_is_mailed_where_no_mail_arrives(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    becomes(&app, BRAM, AddressState::Unreachable).await;
    becomes(&app, ANNA, AddressState::Unreachable).await;
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 0, "and it is not counted");
    becomes(&app, ANNA, AddressState::Soft).await;
    assert_eq!(reminded(&app).await, 0);
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA, BRAM]), [1, 0]);
    assert!(
        reminders_to(&app, ANNA)[0]
            .text
            .contains("Als er niemand beslist, sturen we je nog een herinnering.")
    );
    invariants::hold(&app.app).await;
}

/// The mail server takes none of the mails that wait, for days on end.
async fn all_are_given_up(app: &TestApp) {
    let now = app.app.clock.now();
    let mut tx = app.app.store.begin().await.unwrap();
    let leased = outbox::lease(&mut tx, "me", now, now.plus(HOUR), 9)
        .await
        .unwrap();
    assert!(!leased.is_empty());
    let settlement = Settlement::Failed {
        reason: "it was away for five days".to_owned(),
    };
    for leased in leased {
        assert!(
            outbox::settle(&mut tx, &leased, &settlement, now)
                .await
                .unwrap()
        );
        let known = AddressState::Fine;
        returned_mail::settled(&app.app, &mut tx, &leased, &settlement, false, known, now)
            .await
            .unwrap()
            .report(&app.app);
    }
    tx.commit().await.unwrap();
}

async fn where_the_last_reminder_fails_nobody_hears_of_it_until_another_one_arrives(
    database: Database,
) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(DAY * 2);
    assert_eq!(remind::remind_due(&app.app, 9).await.unwrap(), 1);
    let somebody_hears = async || {
        let mut conn = app.app.store.read().await.unwrap();
        hearing::somebody_hears(&mut conn, id).await.unwrap()
    };
    assert!(somebody_hears().await);
    all_are_given_up(&app).await;
    assert!(!somebody_hears().await);
    assert_eq!(app.events("access_request.unreachable").await.len(), 1);

    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA, BRAM]), [1, 1]);
    assert!(somebody_hears().await);
    invariants::hold(&app.app).await;
}

/// Bram came to decide, and for whatever reason nobody asked him.
async fn who_was_never_asked_is_asked_and_then_reminded_like_the_others(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    let mut tx = app.app.store.begin().await.unwrap();
    let forgotten = "UPDATE message SET status = 'dropped', settled_at = 1, reason = 'not his'
         WHERE kind = 'approval_request' AND recipient_id IN
             (SELECT id FROM person WHERE address = ";
    let sql = format!("{forgotten} '{BRAM}')");
    let result = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await;
    assert_eq!(result.unwrap().rows_affected(), 1);
    tx.commit().await.unwrap();
    app.deliver_mail().await;
    assert!(app.mails_to(BRAM).is_empty());

    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA, BRAM]), [1, 0]);
    let asked = app.last_mail_to(BRAM);
    assert!(asked.subject.starts_with("Approval requested: R-"));
    assert_eq!(app.request_of(&asked), id);
    let said = &app.events("access_request.reminded").await[0];
    assert_eq!((&said["reminded"], &said["asked"]), (&1.into(), &1.into()));
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA, BRAM]), [2, 1]);
    let threaded = String::from_utf8(reminders_to(&app, BRAM)[0].raw.clone()).unwrap();
    assert!(threaded.contains(&format!("In-Reply-To: <{}>", asked.message_id)));
    invariants::hold(&app.app).await;
}

/// Whoever has yet to get the first mail needs no second one.
async fn no_reminder_overtakes_the_first_mail(database: Database) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.pass(DAY * 2);
    assert_eq!(
        esecured::workflow::remind::remind_due(&app.app, 9)
            .await
            .unwrap(),
        0
    );
    app.deliver_mail().await;
    assert_eq!(reminders(&app, [ANNA, BRAM]), [0, 0]);
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
}

/// With the first limit full, what is too much comes in a digest, marked.
async fn above_the_hourly_limit_reminders_are_gathered(database: Database) {
    let app = TestApp::start_with(database, |config| {
        without_limits(config);
        config.limits.mails_per_administrator = Some(Limit {
            count: 2,
            per: HOUR,
        });
    })
    .await;
    app.dismiss(BRAM, TULIPS).await;
    app.joris_asks().await;
    app.asks("piet@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    app.pass(HOUR);
    app.asks("klaas@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 3);

    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 3);
    assert_eq!(reminders(&app, [ANNA]), [2]);
    app.pass(HOUR);
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    let digest = app.last_mail_to(ANNA);
    assert!(digest.subject.starts_with("1 aanvraag wacht op je"));
    assert!(
        digest.text.contains(", herinnering, maandag 11 mei 2026"),
        "{}",
        digest.text
    );
    assert!(digest.html.contains(", herinnering, maandag 11 mei 2026"));
    let id = app.request_of(&digest);
    app.rejects_by_link(&digest).await.shows("mark-rejected");
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

/// While a reminder waits for the next digest, no other one joins it.
async fn a_reminder_that_waits_in_a_digest_is_not_doubled(database: Database) {
    let app = TestApp::start_with(database, |config| {
        without_limits(config);
        config.limits.mails_per_administrator = Some(Limit {
            count: 1,
            per: DAY * 5,
        });
    })
    .await;
    app.dismiss(BRAM, TULIPS).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA]), [0], "gathered");
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 0, "there is one in the next digest");
    app.pass(DAY);
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    anna.open(&format!("/requests/{id}"))
        .await
        .shows("herinnering: bezorgd");
    invariants::hold(&app.app).await;
}

on_both_databases!(
    where_the_last_reminder_fails_nobody_hears_of_it_until_another_one_arrives,
    nobody_is_mailed_where_no_mail_arrives,
    who_was_never_asked_is_asked_and_then_reminded_like_the_others,
    no_reminder_overtakes_the_first_mail,
    above_the_hourly_limit_reminders_are_gathered,
    a_reminder_that_waits_in_a_digest_is_not_doubled,
);
