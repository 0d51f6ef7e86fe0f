//! Each invariant sees its own breach. A check that cannot fail shows nothing.

use std::time::Duration;

use esecured::{
    domain::{
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        people::{AdministratorId, PersonId},
        request::{Door, RequestId},
    },
    store::audit,
};
use sqlx::AssertSqlSafe;

use crate::support::{
    ANNA, Database, TULIPS, TestApp,
    invariants::{self, Faults},
};

const HOUR: Duration = Duration::from_secs(3_600);
const MOMENT: Duration = Duration::from_micros(1);

/// Joris was rejected by Anna's reply; all is well.
async fn well() -> (TestApp, RequestId) {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let reply = app.last_mail_to(ANNA).answer(ANNA, "weigeren");
    app.arrives(&reply).await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
    (app, id)
}

/// Changes rows behind the program's back.
async fn says(app: &TestApp, sql: &str) {
    let mut tx = app.app.store.begin().await.unwrap();
    let result = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(&mut *tx)
        .await
        .unwrap();
    assert!(result.rows_affected() > 0, "{sql} changed nothing");
    tx.commit().await.unwrap();
}

/// Writes an event that follows properly, whatever it says.
async fn records(app: &TestApp, name: &'static str, door: Door, actor: Actor) {
    let account = AccountNumber::parse(TULIPS).unwrap();
    let event = AuditEvent::of_account(&account, name, actor, app.app.clock.now())
        .through(Some(door))
        .about(None, PersonId::new());
    append(app, &event).await;
}

#[track_caller]
fn says_once(faults: &Faults, words: &str) {
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains(words), "{faults:?}");
}

#[tokio::test]
async fn i1_sees_a_request_that_is_gone() {
    let (app, id) = well().await;
    let known = [id.to_string(), "joris@elsewhere.example".to_owned()];
    assert!(
        invariants::acknowledged_survive(&app.app, &known)
            .await
            .is_empty()
    );
    for gone in [
        RequestId::new().to_string(),
        "p@elsewhere.example".to_owned(),
    ] {
        let faults = invariants::acknowledged_survive(&app.app, std::slice::from_ref(&gone)).await;
        says_once(&faults, &gone);
    }
    assert!(
        invariants::rejections_survive(&app.app, &known[1..])
            .await
            .is_empty()
    );
    let gone = ["p@elsewhere.example".to_owned()];
    says_once(
        &invariants::rejections_survive(&app.app, &gone).await,
        &gone[0],
    );
}

#[tokio::test]
async fn i2_sees_a_row_that_its_history_does_not_lead_to() {
    let (app, id) = well().await;
    says(
        &app,
        "UPDATE access_request SET status = 'expired', door = 'timer', decided_by = NULL",
    )
    .await;
    let faults = invariants::decided_once(&app.app).await;
    says_once(
        &faults,
        &format!("request {id} is expired, its audit trail says rejected"),
    );
}

#[tokio::test]
async fn i3_sees_access_that_nobody_may_give() {
    let (app, _) = well().await;
    says(&app, "UPDATE entry SET status = 'approved'").await;
    says_once(
        &invariants::approved_by_a_door_that_may(&app.app).await,
        "nobody said so",
    );

    for (door, actor) in [
        (Door::Link, Actor::Operator),
        (Door::Reply, Actor::Operator),
        (Door::Portal, Actor::Operator),
        (Door::Operator, Actor::Daemon),
    ] {
        let (app, _) = well().await;
        records(&app, "access_request.approved", door, actor).await;
        says_once(
            &invariants::approved_by_a_door_that_may(&app.app).await,
            "wrong door",
        );
    }
    for name in ["access_request.approved", "access_request.rejected"] {
        let (app, _) = well().await;
        let stranger = Actor::Administrator(AdministratorId::new());
        records(&app, name, Door::Portal, stranger).await;
        says_once(
            &invariants::approved_by_a_door_that_may(&app.app).await,
            "no administrator",
        );
    }
}

#[tokio::test]
async fn i3_sees_a_decision_of_somebody_who_was_removed() {
    let (app, _) = well().await;
    app.dismiss(ANNA, TULIPS).await;
    let anna = Actor::Administrator(id_of(&app, "Anna").await.parse().unwrap());
    records(&app, "access_request.approved", Door::Portal, anna).await;
    says_once(
        &invariants::approved_by_a_door_that_may(&app.app).await,
        "no administrator",
    );
}

/// Somebody stands in for Anna for an hour; what is decided a moment too late is seen, and so is
/// what is decided for nobody, for somebody else, or without an end of it.
#[tokio::test]
async fn i3_sees_a_decision_of_a_stand_in_at_the_wrong_time_or_for_nobody() {
    let began = |app: &TestApp, anna: &str, dora: &str| {
        let until = app.app.clock.now().plus(HOUR);
        stand_in(app, "stand_in.began", anna, dora).shown_by("until", until.to_string())
    };
    for (wait, absent, well_known) in [
        (HOUR - MOMENT, Some("anna"), true),
        (HOUR, Some("anna"), false),
        (MOMENT, Some("bram"), false),
        (MOMENT, None, false),
    ] {
        let (app, _) = well().await;
        let (anna, bram) = (id_of(&app, "Anna").await, id_of(&app, "Bram").await);
        let dora = AdministratorId::new().to_string();
        append(&app, &began(&app, &anna, &dora)).await;
        app.pass(wait);
        let by = Actor::Administrator(dora.parse().unwrap());
        let account = AccountNumber::parse(TULIPS).unwrap();
        let now = app.app.clock.now();
        let mut event = AuditEvent::of_account(&account, "access_request.approved", by, now)
            .through(Some(Door::Portal))
            .about(None, PersonId::new());
        if let Some(absent) = absent {
            let absent = if absent == "anna" { &anna } else { &bram };
            event = event.shown_by("for", absent.as_str());
        }
        append(&app, &event).await;
        let faults = invariants::approved_by_a_door_that_may(&app.app).await;
        match well_known {
            true => assert!(faults.is_empty(), "{faults:?}"),
            false => says_once(&faults, "no administrator"),
        }
        append(&app, &stand_in(&app, "stand_in.ended", &anna, &dora)).await;
    }
}

fn stand_in(app: &TestApp, name: &'static str, absent: &str, who: &str) -> AuditEvent {
    let account = AccountNumber::parse(TULIPS).unwrap();
    AuditEvent::of_account(&account, name, Actor::Daemon, app.app.clock.now())
        .shown_by("absent", absent)
        .shown_by("administrator", who)
}

async fn append(app: &TestApp, event: &AuditEvent) {
    let mut tx = app.app.store.begin().await.unwrap();
    audit::append(&mut tx, event).await.unwrap();
    tx.commit().await.unwrap();
}

/// What an administrator is called in the trail.
async fn id_of(app: &TestApp, name: &str) -> String {
    let sql = format!("SELECT id FROM administrator WHERE name LIKE '{name}%'");
    let mut conn = app.app.store.read().await.unwrap();
    let id = sqlx::query_scalar(AssertSqlSafe(sql));
    id.fetch_one(&mut *conn).await.unwrap()
}

#[tokio::test]
async fn i4_sees_a_mail_that_was_settled_without_being_sent() {
    for change in [
        "attempts = 0 WHERE kind = 'rejection_done'",
        "status = 'failed' WHERE kind = 'rejection_done'",
        "status = 'dropped' WHERE kind = 'rejection_done'",
    ] {
        let (app, _) = well().await;
        says(&app, &format!("UPDATE message SET {change}")).await;
        says_once(
            &invariants::handed_over_or_reported(&app.app).await,
            "without a reason",
        );
    }
}

#[tokio::test]
async fn i4_sees_a_mail_that_never_arrived_and_one_that_came_back_different() {
    let (app, _) = well().await;
    let mut mails = app.mails_to(ANNA);
    for other in ["bram@tulips.example", "joris@elsewhere.example"] {
        mails.extend(app.mails_to(other));
    }
    assert!(
        invariants::delivered_arrived(&app.app, &mails)
            .await
            .is_empty()
    );
    let lost = mails.remove(0);
    let (id, _) = lost.message_id.split_once('@').unwrap();
    let id = id.strip_prefix("m.").unwrap();
    says_once(&invariants::delivered_arrived(&app.app, &mails).await, id);

    let mut copies = vec![lost.clone(), lost.clone()];
    assert!(invariants::copies_are_equal(&copies).is_empty());
    copies[1].raw.push(b' ');
    says_once(&invariants::copies_are_equal(&copies), &lost.message_id);
}

#[tokio::test]
async fn i5_sees_a_reply_that_acted_twice_or_not_at_all() {
    let (app, id) = well().await;
    let twice = "INSERT INTO inbound
         (fingerprint, received_at, kind, decision, effect, reason, request_id)
         SELECT 'another', received_at, kind, decision, effect, reason, request_id FROM inbound";
    says(&app, twice).await;
    let faults = invariants::read_once(&app.app).await;
    says_once(
        &faults,
        &format!("request {id} was rejected by 1 replies, 2 mails did so"),
    );
    says(&app, "DELETE FROM inbound").await;
    let faults = invariants::read_once(&app.app).await;
    says_once(&faults, "0 mails did so");
}

#[tokio::test]
async fn i6_sees_a_changed_event_and_a_request_without_one() {
    let (app, id) = well().await;
    says(&app, "UPDATE audit_event SET at = at + 1 WHERE seq = 3").await;
    says_once(
        &invariants::audited(&app.app).await,
        "event 3: it was changed",
    );
    let (app, other) = well().await;
    assert_ne!(id, other);
    says(
        &app,
        "UPDATE audit_event SET request = NULL WHERE name = 'access_request.created'",
    )
    .await;
    let faults = invariants::audited(&app.app).await;
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[1].contains(&format!("request {other} began without an event")));
}

#[tokio::test]
async fn i4_sees_a_mail_that_is_carried_to_somebody_else() {
    let (app, _) = well().await;
    let digest = "UPDATE message SET status = 'carried',
         digest_id = (SELECT id FROM message WHERE kind = 'handled_by_colleague')
         WHERE kind = 'approval_request' AND recipient_id = (
             SELECT recipient_id FROM message WHERE kind = 'rejection_done')";
    says(&app, digest).await;
    let faults = invariants::handed_over_or_reported(&app.app).await;
    says_once(&faults, "carried by no digest of its recipient");
}

#[tokio::test]
async fn i13_sees_one_mail_too_many() {
    let another = |number: i64| {
        format!(
            "INSERT INTO message (id, kind, about, request_id, recipient_id, administrator_id, occasion,
                 key_id, dated_at, status, due_at, attempts, lease_epoch, created_at, settled_at)
             SELECT 'x{number}', kind, about, request_id, recipient_id, administrator_id, 'x{number}',
                 key_id, dated_at, 'delivered', due_at, 1, 1, created_at + {number} * 60000000, due_at
             FROM message WHERE kind = 'approval_request' AND occasion = '' AND recipient_id = (
                 SELECT recipient_id FROM message WHERE kind = 'rejection_done')"
        )
    };
    let (app, _) = well().await;
    // One mail is there, and 29 more fit into the hour; the next one does after an hour alone.
    for number in (1..30).chain([60]) {
        says(&app, &another(number)).await;
    }
    invariants::hold(&app.app).await;
    says(&app, &another(59)).await;
    let faults = invariants::mailed_within_limits(&app.app).await;
    says_once(&faults, "mails to administrator");
}

#[tokio::test]
#[should_panic(expected = "I6: ")]
async fn a_breach_fails_the_test_that_looks_at_all_invariants() {
    let (app, _) = well().await;
    says(&app, "DELETE FROM audit_event WHERE seq = 1").await;
    invariants::hold(&app.app).await;
}

#[tokio::test]
async fn i7_sees_what_was_not_announced_and_what_never_happened() {
    for (change, words) in [
        (
            "DELETE FROM feed_event WHERE kind = 'access_request.rejected'",
            "announced as None",
        ),
        (
            "UPDATE feed_event SET kind = 'access_request.approved'
             WHERE kind = 'access_request.rejected'",
            "access_request.approved",
        ),
    ] {
        let (app, _) = well().await;
        says(&app, change).await;
        says_once(&invariants::announced(&app.app).await, words);
    }
    let (app, _) = well().await;
    says(
        &app,
        "INSERT INTO feed_event (id, account_number, seq, kind, at, person_id, status)
         SELECT 'one', account_number, 1000, kind, at, person_id, status FROM feed_event
         WHERE kind = 'access_request.created'",
    )
    .await;
    says_once(
        &invariants::announced(&app.app).await,
        "of 3 announcements 2",
    );
}
