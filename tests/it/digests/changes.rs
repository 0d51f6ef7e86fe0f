//! What happens to the requests of a digest between gathering, making, sending and afterwards.

use esecured::domain::{account::Esecure, account_number::AccountNumber};
use esecured::{
    domain::{email_address::EmailAddress, language::Language},
    workflow::manage,
};

use super::{HOUR, asks, asks_as, chooses, digests_to, requests_in};
use crate::support::{
    ANNA, BRAM, Database, Received, TULIPS, TestApp, invariants, on_both_databases,
};

/// Anna wants a digest at eleven; Bram is mailed at once. It is 09:14.
async fn anna_gathers(database: Database) -> TestApp {
    let app = TestApp::start(database).await;
    let anna = app.signed_in(ANNA).await;
    chooses(&anna, "digest", "11").await;
    app
}

/// What Bram was mailed about this request.
fn brams_mail(app: &TestApp, request: &str) -> Received {
    let mut mails = app.mails_to(BRAM);
    mails.retain(|mail| mail.subject.contains("Approval") && requests_in(mail) == [request]);
    mails.pop().unwrap()
}

/// The page after a rejection has the way back.
async fn rejects_and_takes_it_back_later(app: &TestApp, mail: &Received) -> String {
    let page = app.rejects_by_link(mail).await;
    let at = page.body.find("/u/").unwrap();
    page.body[at..].split('"').next().unwrap().to_owned()
}

async fn a_digest_is_not_sent_when_all_of_it_is_over_and_comes_again_after_an_undo(
    database: Database,
) {
    let app = anna_gathers(database).await;
    let request = asks_as(&app, 1).await;
    app.deliver_mail().await;
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 1);
    // It is made, and before it goes out Bram rejects.
    let undo = rejects_and_takes_it_back_later(&app, &brams_mail(&app, &request)).await;
    app.deliver_mail().await;
    assert!(digests_to(&app, ANNA).is_empty());
    app.presses(&undo).await;
    assert_eq!(app.status_of(request.parse().unwrap()).await, "pending");
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    assert_eq!(requests_in(&digests_to(&app, ANNA)[0]), [request]);
    assert_eq!(digests_to(&app, ANNA).len(), 1);
    invariants::hold(&app.app).await;
}

async fn what_dropped_out_of_a_digest_comes_with_the_next_after_an_undo(database: Database) {
    let app = anna_gathers(database).await;
    let request = asks_as(&app, 1).await;
    app.deliver_mail().await;
    app.pass(HOUR * 2 - std::time::Duration::from_secs(840));
    let undo = rejects_and_takes_it_back_later(&app, &brams_mail(&app, &request)).await;
    app.pass(std::time::Duration::from_secs(60));
    // Nothing is left to tell, so there is no digest.
    assert_eq!(app.makes_digests().await, 0);
    app.deliver_mail().await;
    assert!(app.mails_to(ANNA).is_empty());
    app.presses(&undo).await;
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    assert_eq!(requests_in(&digests_to(&app, ANNA)[0]), [request]);
    invariants::hold(&app.app).await;
}

async fn its_requests_are_fixed_when_it_is_made(database: Database) {
    let app = anna_gathers(database).await;
    let first = asks_as(&app, 1).await;
    let second = asks_as(&app, 2).await;
    app.deliver_mail().await;
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 1);
    let third = asks_as(&app, 3).await;
    app.rejects_by_link(&brams_mail(&app, &first)).await;
    app.deliver_mail().await;
    let digest = digests_to(&app, ANNA).remove(0);
    assert_eq!(requests_in(&digest), [first, second]);
    // The link of what was decided meanwhile says so.
    let before = app.dump().await;
    app.browser()
        .open(&digest.path("/r/"))
        .await
        .shows("Bram Smith");
    assert_eq!(app.dump().await, before);
    // The third waits for the next day.
    assert_eq!(app.makes_digests().await, 0);
    app.pass(HOUR * 24);
    assert_eq!(app.makes_digests().await, 1);
    app.deliver_mail().await;
    assert_eq!(requests_in(&digests_to(&app, ANNA)[1]), [third]);
    invariants::hold(&app.app).await;
}

async fn whoever_stops_being_an_administrator_is_told_nothing_more(database: Database) {
    let app = anna_gathers(database).await;
    let roses = "998877665";
    let number: AccountNumber = crate::api::add_account(&app, roses, Esecure::Active).await;
    let anna = EmailAddress::parse(ANNA).unwrap();
    manage::add_administrator(&app.app, &anna, &number, "Anna de Wit", Language::Nl, None)
        .await
        .unwrap();
    asks(&app.app, "joris@elsewhere.example", TULIPS).await;
    asks(&app.app, "mila@elsewhere.example", roses).await;
    app.pass(HOUR * 2);
    assert_eq!(app.makes_digests().await, 1);
    app.dismiss(ANNA, TULIPS).await;
    app.deliver_mail().await;
    let digest = digests_to(&app, ANNA).remove(0);
    assert!(digest.text.contains("mila@"), "{}", digest.text);
    assert!(!digest.text.contains("joris@"), "{}", digest.text);

    asks(&app.app, "piet@elsewhere.example", roses).await;
    app.dismiss(ANNA, roses).await;
    app.pass(HOUR * 24);
    assert_eq!(app.makes_digests().await, 0);
    app.deliver_mail().await;
    assert_eq!(digests_to(&app, ANNA).len(), 1);
    invariants::hold(&app.app).await;
}

on_both_databases!(
    a_digest_is_not_sent_when_all_of_it_is_over_and_comes_again_after_an_undo,
    what_dropped_out_of_a_digest_comes_with_the_next_after_an_undo,
    its_requests_are_fixed_when_it_is_made,
    whoever_stops_being_an_administrator_is_told_nothing_more,
);
