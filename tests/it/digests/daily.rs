//! Anna wants one mail a day.

use std::time::Duration;

use super::{HOUR, asks_as, chooses, digests_to, requests_in};
use crate::support::{ANNA, BRAM, Database, TestApp, invariants, on_both_databases};

/// From the beginning, Monday 09:14 in Amsterdam, to 08:00 the next day.
const TO_TUESDAY_AT_EIGHT: Duration = Duration::from_secs((22 * 60 + 46) * 60);

async fn requests_of_a_day_come_at_the_chosen_hour(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    chooses(&anna, "digest", "8").await;
    let first = asks_as(&app, 1).await;
    let second = asks_as(&app, 2).await;
    let third = asks_as(&app, 3).await;
    app.deliver_mail().await;
    assert_eq!((app.mails_to(ANNA).len(), app.mails_to(BRAM).len()), (0, 3));

    // The portal says that it is gathered; to a shipping system it is one that has not gone out.
    anna.open(&format!("/requests/{first}"))
        .await
        .shows("verzameld voor de volgende verzamelmail");
    let states = async |app: &TestApp, id: &str| -> Vec<String> {
        let answer = app.get(&format!("/v1/access-requests/{id}")).await;
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["reachable"], true);
        let all = answer["notifications"].as_array().unwrap();
        all.iter()
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(states(&app, &first).await, ["queued", "delivered"]);

    // Bram answers the third: it drops out, and Anna hears nothing of it at all.
    let to_bram = app.mails_to(BRAM);
    let about_third = to_bram
        .iter()
        .find(|mail| requests_in(mail) == [third.clone()]);
    app.rejects_by_link(about_third.unwrap()).await;
    app.deliver_mail().await;
    app.pass(TO_TUESDAY_AT_EIGHT - Duration::from_secs(10));
    assert_eq!(app.makes_digests().await, 0);
    app.pass(Duration::from_secs(5));
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    assert_eq!(app.mails_to(ANNA).len(), 1);
    let digest = digests_to(&app, ANNA).remove(0);
    assert_eq!(requests_in(&digest), [first.clone(), second.clone()]);
    assert!(digest.subject.starts_with("2 aanvragen wachten op je"));
    assert!(digest.subject.ends_with("2 requests are waiting for you"));
    assert_eq!(states(&app, &first).await, ["delivered", "delivered"]);
    app.signed_in(ANNA)
        .await
        .open(&format!("/requests/{first}"))
        .await
        .hides("verzameld");

    // The first link rejects the first request, and no other.
    app.rejects_by_link(&digest).await.shows("mark-rejected");
    assert_eq!(app.status_of(first.parse().unwrap()).await, "rejected");
    assert_eq!(app.status_of(second.parse().unwrap()).await, "pending");
    app.deliver_mail().await;
    let done = app.last_mail_to(ANNA);
    let headers = String::from_utf8(done.raw.clone()).unwrap();
    assert!(headers.contains(&format!("In-Reply-To: <{}>", digest.message_id)));
    // Once it was in a digest she does hear what her colleague did.
    let bram = app.mails_to(BRAM);
    let mail = bram
        .iter()
        .find(|mail| requests_in(mail) == [second.clone()]);
    app.rejects_by_link(mail.unwrap()).await;
    app.deliver_mail().await;
    assert!(app.last_mail_to(ANNA).text.contains("Bram Smith"));
    invariants::hold(&app.app).await;
}

async fn whoever_goes_back_to_single_mails_gets_what_was_gathered_at_once(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    chooses(&anna, "digest", "8").await;
    asks_as(&app, 1).await;
    // Another hour holds for what is gathered already.
    chooses(&anna, "digest", "11").await;
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 1);
    asks_as(&app, 2).await;
    let anna = app.signed_in(ANNA).await;
    chooses(&anna, "each", "").await;
    assert_eq!(app.makes_digests().await, 1);
    asks_as(&app, 3).await;
    app.deliver_mail().await;
    let subjects: Vec<bool> = app
        .mails_to(ANNA)
        .iter()
        .map(|mail| mail.subject.starts_with("1 aanvraag wacht"))
        .collect();
    assert_eq!(subjects.iter().filter(|digest| **digest).count(), 2);
    assert_eq!(subjects.len(), 3);
    let set = app.events("administrator.digest_hour_set").await;
    let hours: Vec<&str> = set
        .iter()
        .map(|event| event["hour"].as_str().unwrap())
        .collect();
    assert_eq!(hours, ["8", "11", "off"]);
    invariants::hold(&app.app).await;
}

async fn the_setting_takes_only_what_it_offers(database: Database) {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/settings").await.field("csrf");
    let before = app.dump().await;
    for (csrf, notifications, hour, status, says) in [
        ("", "digest", "8", 403, "er is niets veranderd"),
        (csrf.as_str(), "", "8", 400, "Kies hoe vaak je mail krijgt."),
        (&csrf, "often", "8", 400, "Kies hoe vaak je mail krijgt."),
        (&csrf, "digest", "", 400, "Kies een uur."),
        (&csrf, "digest", "24", 400, "Kies een uur."),
        (&csrf, "digest", "-1", 400, "Kies een uur."),
    ] {
        let fields = [
            ("csrf", csrf),
            ("notifications", notifications),
            ("hour", hour),
        ];
        let refused = anna.submit("/settings/notifications", &fields).await;
        assert_eq!(refused.status, status, "{notifications} {hour}");
        refused.shows(says);
    }
    assert_eq!(app.dump().await, before);
    chooses(&anna, "digest", "17").await;
    anna.open("/settings?done=notifications")
        .await
        .shows("Opgeslagen: zo krijg je voortaan mail")
        .shows("value=\"digest\" checked")
        .shows("<option value=\"17\" selected>17:00</option>")
        .shows("Europe/Amsterdam");
    // Bram's choice is his own.
    app.signed_in(BRAM)
        .await
        .open("/settings")
        .await
        .shows("value=\"each\" required checked");
}

on_both_databases!(
    requests_of_a_day_come_at_the_chosen_hour,
    whoever_goes_back_to_single_mails_gets_what_was_gathered_at_once,
    the_setting_takes_only_what_it_offers,
);
