//! After two working days, after two more, and then no more.

use std::time::Duration;

use esecured::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        reminder::Reminder,
    },
    workflow::{
        expire,
        manage::{self, Existence},
    },
};

use super::{DAY, HOUR, reminded, reminders, reminders_to};
use crate::support::{
    ANNA, BRAM, Database, JORIS, Received, TULIPS, TestApp, invariants, on_both_databases,
    test_app::PASSWORD,
};

const SECOND: Duration = Duration::from_secs(1);

fn header(mail: &Received, name: &str) -> String {
    let raw = String::from_utf8(mail.raw.clone()).unwrap();
    let mut lines = raw.split("\r\n");
    let line = lines.find_map(|line| line.strip_prefix(name)).unwrap();
    line.to_owned()
}

async fn whoever_does_not_answer_is_reminded_twice_and_no_more(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let first = app.last_mail_to(ANNA);

    // From Monday 09:14 to Wednesday 09:14, in Amsterdam.
    app.pass(DAY * 2 - SECOND);
    assert_eq!(reminded(&app).await, 0);
    app.pass(SECOND);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminded(&app).await, 0);
    assert_eq!(reminders(&app, [ANNA, BRAM, JORIS]), [1, 1, 0]);

    // Each in the language of whoever reads it, in the thread of the first mail.
    let number = app.request(id).await.number.to_string();
    let annas = reminders_to(&app, ANNA).remove(0);
    assert_eq!(annas.subject, format!("Herinnering: {number} / Reminder"));
    assert_eq!(
        header(&annas, "In-Reply-To: "),
        format!("<{}>", first.message_id)
    );
    assert_eq!(
        header(&annas, "References: "),
        format!("<{}>", first.message_id)
    );
    assert_ne!(annas.message_id, first.message_id);
    assert_ne!(annas.reply_to, first.reply_to);
    for words in [
        "over deze aanvraag heeft nog niemand beslist",
        "Aangevraagd op: maandag 11 mei 2026, 09:14 CEST (07:14 UTC)",
        "De aanvraag verloopt op maandag 25 mei 2026, 09:14 CEST (07:14 UTC), als er dan nog niemand heeft beslist.",
        "Als er niemand beslist, sturen we je nog een herinnering.",
        "If nobody decides, we will send you another reminder.",
    ] {
        assert!(annas.text.contains(words), "{words}\n{}", annas.text);
    }
    assert_eq!(app.request_of(&annas), id);
    let brams = reminders_to(&app, BRAM).remove(0);
    assert_eq!(brams.subject, format!("Reminder: {number} / Herinnering"));
    assert!(brams.text.find("Hello Bram").unwrap() < brams.text.find("Hallo Bram").unwrap());

    // Two working days later is Friday; then nothing until it expires.
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    let last = reminders_to(&app, ANNA).remove(1);
    assert!(last.text.contains("Dit is de laatste herinnering."));
    assert!(last.text.contains("This is the last reminder."));
    assert!(!last.text.contains("sturen we je nog een"));
    assert_eq!(
        header(&last, "In-Reply-To: "),
        format!("<{}>", first.message_id)
    );
    for _ in 0..10 {
        app.pass(DAY);
        assert_eq!(reminded(&app).await, 0);
    }
    assert_eq!(expire::expire_due(&app.app, 9).await.unwrap(), 1);
    app.deliver_mail().await;
    assert_eq!(reminders(&app, [ANNA, BRAM]), [2, 2]);
    // Asked, reminded twice, expired; the requester: received, expired.
    let mails = [ANNA, BRAM, JORIS].map(|address| app.mails_to(address).len());
    assert_eq!(mails, [4, 4, 2]);

    let events = app.events("access_request.reminded").await;
    let said: Vec<(i64, i64, i64)> = events
        .iter()
        .map(|event| {
            let number = |name: &str| event[name].as_i64().unwrap();
            (number("reminder"), number("reminded"), number("asked"))
        })
        .collect();
    assert_eq!(said, [(1, 2, 0), (2, 2, 0)]);
    invariants::hold(&app.app).await;
}

async fn a_reminder_rejects_as_the_first_mail_does(database: Database) {
    let app = TestApp::start(database).await;
    let by_link = app.joris_asks().await;
    let by_reply = app.asks("piet@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 2);
    let mails = reminders_to(&app, ANNA);
    let of = |id| {
        mails
            .iter()
            .find(|mail| app.request_of(mail) == id)
            .unwrap()
    };
    app.rejects_by_link(of(by_link))
        .await
        .shows("mark-rejected");
    app.arrives(&of(by_reply).answer(ANNA, "weigeren")).await;
    for id in [by_link, by_reply] {
        assert_eq!(app.status_of(id).await, "rejected");
    }
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 0, "it ends with the decision");
    invariants::hold(&app.app).await;
}

async fn it_ends_with_the_request_and_begins_anew_when_that_is_opened_again(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    app.pass(DAY);
    app.rejects_by_link(&mail).await.shows("mark-rejected");
    app.deliver_mail().await;
    let undo = app.last_mail_to(ANNA).path("/u/");
    app.pass(Duration::from_secs(600));
    app.presses(&undo).await;
    assert_eq!(app.status_of(id).await, "pending");
    // The whole time again, from Tuesday morning on.
    app.pass(DAY * 2 - Duration::from_secs(60));
    assert_eq!(reminded(&app).await, 0);
    app.pass(Duration::from_secs(60));
    assert_eq!(reminded(&app).await, 1);

    // A reminder that waits when somebody decides is not sent any more.
    app.pass(DAY * 4);
    assert_eq!(
        esecured::workflow::remind::remind_due(&app.app, 9)
            .await
            .unwrap(),
        1
    );
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id.to_string()], "approve").await;
    app.deliver_mail().await;
    assert_eq!(reminders(&app, [ANNA, BRAM]), [1, 1]);
    invariants::hold(&app.app).await;
}

/// The account's time zone becomes another, or what eSecure does there.
async fn moves_to(app: &TestApp, time_zone: &str, esecure: Esecure) {
    let number = AccountNumber::parse(TULIPS).unwrap();
    let account = Account {
        time_zone: time_zone.to_owned(),
        esecure,
        ..manage::find_account(&app.app, &number).await.unwrap()
    };
    manage::put_account(&app.app, &account, Existence::Known)
        .await
        .unwrap();
}

async fn it_comes_in_the_working_hours_of_the_account(database: Database) {
    let app = TestApp::start(database).await;
    // Friday 16:30 in Amsterdam: two working days end on Tuesday at that time.
    app.pass(DAY * 4 + HOUR * 7 + Duration::from_secs(16 * 60));
    app.joris_asks().await;
    app.deliver_mail().await;
    for _ in 0..3 {
        app.pass(DAY);
        assert_eq!(reminded(&app).await, 0);
    }
    // No daemon runs then; it starts again at night, and waits for the morning.
    app.pass(DAY + HOUR * 6);
    assert_eq!(reminded(&app).await, 0);
    app.pass(HOUR * 10 + Duration::from_secs(29 * 60));
    assert_eq!(reminded(&app).await, 0);
    app.pass(Duration::from_secs(60));
    assert_eq!(reminded(&app).await, 1, "Wednesday, 09:00");

    // The account moves to New Zealand: two working days end when people work there, which is late
    // in the evening in Amsterdam.
    moves_to(&app, "Pacific/Auckland", Esecure::Active).await;
    app.pass(DAY * 2 + HOUR * 14);
    assert_eq!(reminded(&app).await, 0);
    app.pass(HOUR * 48);
    assert_eq!(reminded(&app).await, 1, "Monday, 09:00 there");
    invariants::hold(&app.app).await;
}

async fn no_reminder_comes_where_none_is_wanted(database: Database) {
    for (reminder, at_most) in [(Reminder::Off, 2), (Reminder::WorkingDays(2), 0)] {
        let app = TestApp::start_with(database, |config| {
            config.requests.reminder = reminder;
            config.requests.reminders_max = at_most;
        })
        .await;
        app.joris_asks().await;
        app.deliver_mail().await;
        app.pass(DAY * 10);
        assert_eq!(reminded(&app).await, 0);
    }
    // Nor while everybody may use the number; once it is protected again, the next time.
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    moves_to(&app, "Europe/Amsterdam", Esecure::Inactive).await;
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 0);
    moves_to(&app, "Europe/Amsterdam", Esecure::Active).await;
    assert_eq!(reminded(&app).await, 0);
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
    assert_eq!(reminders(&app, [ANNA, BRAM]), [1, 1]);
}

async fn what_never_expires_says_so(database: Database) {
    let app = TestApp::start_with(database, |config| {
        config.requests.expires = None;
        config.requests.reminder = Reminder::After(HOUR);
        config.requests.reminders_max = 1;
    })
    .await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    let bram = app.browser();
    bram.open("/login?language=en").await;
    bram.sign_in(BRAM, PASSWORD, "/").await;
    let link = app.last_mail_to(ANNA).path("/r/");
    for path in ["/authorized-users", &format!("/requests/{id}"), &link] {
        anna.open(path).await.shows("geen einddatum").hides("9999");
        bram.open(path).await.shows("no end date").hides("9999");
    }
    app.pass(HOUR);
    assert_eq!(reminded(&app).await, 1);
    let mails = app.mails_to(ANNA);
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert!(!mail.text.contains("9999"), "{}", mail.text);
        assert!(!mail.text.contains("verloopt"), "{}", mail.text);
    }
    assert!(mails[1].text.contains("De aanvraag blijft open"));
    assert!(mails[1].text.contains("Dit is de laatste herinnering."));
    assert!(!app.last_mail_to(JORIS).text.contains("9999"));
}

async fn what_was_open_before_there_were_reminders_is_reminded_of(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    // As the migration leaves it.
    let mut tx = app.app.store.begin().await.unwrap();
    sqlx::query("UPDATE access_request SET silent_since = NULL, remind_at = created_at")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(reminded(&app).await, 0);
    let silence = app.request(id).await.silence;
    assert_eq!(silence.remind_at, Some(silence.since.plus(DAY * 2)));
    app.pass(DAY * 2);
    assert_eq!(reminded(&app).await, 1);
}

async fn the_page_and_the_history_of_a_request_show_it(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    app.pass(DAY * 2);
    reminded(&app).await;
    let anna = app.signed_in(ANNA).await;
    let page = anna.open(&format!("/requests/{id}")).await;
    page.shows("Beheerders herinnerd")
        .shows("herinnering: bezorgd");
    anna.open("/activity").await.shows("Beheerders herinnerd");
    // To a shipping system each administrator is one notification, as before.
    let answer = app.get(&format!("/v1/access-requests/{id}")).await;
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["notifications"].as_array().unwrap().len(), 2);
}

on_both_databases!(
    whoever_does_not_answer_is_reminded_twice_and_no_more,
    a_reminder_rejects_as_the_first_mail_does,
    it_ends_with_the_request_and_begins_anew_when_that_is_opened_again,
    it_comes_in_the_working_hours_of_the_account,
    no_reminder_comes_where_none_is_wanted,
    what_never_expires_says_so,
    what_was_open_before_there_were_reminders_is_reminded_of,
    the_page_and_the_history_of_a_request_show_it,
);
