//! Taking a rejection back: for a quarter of an hour, by whoever gets our mail, and never further
//! than to open.

use std::time::Duration;

use esecured::{
    domain::email_address::EmailAddress,
    store::people,
    workflow::undo::{self, UndoError},
};
use serde_json::json;

use crate::support::{
    ANNA, BRAM, Database, JORIS, Received, TULIPS, TestApp, browser::Page, invariants,
    on_both_databases,
};

const MINUTE: Duration = Duration::from_secs(60);

/// Where a page leads to undo.
fn undo_link(page: &Page) -> String {
    let at = page.body.find("/u/").unwrap();
    page.body[at..].split('"').next().unwrap().to_owned()
}

async fn asked(database: Database) -> (TestApp, Received) {
    let app = TestApp::start(database).await;
    app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    (app, mail)
}

async fn a_rejection_is_undone_and_the_requester_never_hears_of_it(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let expires = app.request(id).await.expires_at;
    let link = undo_link(&app.rejects_by_link(&mail).await);
    app.deliver_mail().await;
    // The acknowledgement brings the same link.
    assert_eq!(app.last_mail_to(ANNA).path("/u/"), link);

    app.pass(MINUTE * 10);
    let page = app.browser().open(&link).await;
    assert_eq!(page.status, 200);
    page.shows("Weigeren ongedaan maken?")
        .shows("Undo the rejection?")
        .shows("door <strong>Anna de Wit</strong>, via de knop in de mail")
        .shows("09:29");
    assert_eq!(app.status_of(id).await, "rejected");
    let done = app.presses(&link).await;
    assert_eq!(done.status, 200);
    done.shows("De aanvraag staat weer open")
        .shows("The request is open again");
    assert_eq!(app.status_of(id).await, "pending");
    assert!(app.request(id).await.expires_at > expires);
    // Whoever looks again is not frightened.
    let again = app.browser().open(&link).await;
    again
        .shows("Er valt niets ongedaan te maken")
        .shows("De aanvraag staat nu open")
        .hides("iets anders");
    let check = json!({ "accountNumber": TULIPS, "email": JORIS });
    let answer = app.post("/v1/access-checks", &check).await;
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["decision"], "ask");

    app.pass(MINUTE * 30);
    app.deliver_mail().await;
    let to_joris = app.mails_to(JORIS);
    assert_eq!(to_joris.len(), 1, "{:?}", to_joris.last());
    invariants::hold(&app.app).await;
}

async fn after_an_undo_it_can_be_rejected_again_and_everybody_is_told(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let link = undo_link(&app.rejects_by_link(&mail).await);
    app.deliver_mail().await;
    app.presses(&link).await;
    app.deliver_mail().await;
    app.pass(MINUTE);
    // Bram, who was told that there is nothing to do, hears that there is.
    let bram = app.last_mail_to(BRAM);
    assert!(bram.subject.starts_with("Open again"), "{}", bram.subject);
    assert!(bram.text.contains("the request is open again"));
    // This time it is he who rejects, in that mail.
    app.rejects_by_link(&bram).await.shows("mark-rejected");
    app.deliver_mail().await;
    let subjects = |address| -> usize { app.mails_to(address).len() };
    // Asked, done or handled by a colleague the first time, and the other of them the second time.
    assert_eq!((subjects(ANNA), subjects(BRAM)), (3, 4));
    assert!(app.last_mail_to(ANNA).text.contains("Bram Smith"));
    app.pass(MINUTE * 15);
    app.deliver_mail().await;
    assert_eq!(subjects(JORIS), 2);
    assert_eq!(app.status_of(id).await, "rejected");
    invariants::hold(&app.app).await;
}

async fn whoever_never_heard_that_it_was_handled_hears_of_no_undo(database: Database) {
    let (app, mail) = asked(database).await;
    let link = undo_link(&app.rejects_by_link(&mail).await);
    app.presses(&link).await;
    app.deliver_mail().await;
    let subjects: Vec<String> = app
        .mails_to(BRAM)
        .iter()
        .map(|mail| mail.subject.clone())
        .collect();
    assert_eq!(subjects.len(), 1, "{subjects:?}");
    // Rejected again before the word of the undo went out: that word is over by then.
    app.rejects_by_link(&mail).await;
    app.deliver_mail().await;
    let link = undo_link(&app.browser().open(&mail.path("/r/")).await);
    app.presses(&link).await;
    app.rejects_by_link(&mail).await;
    app.deliver_mail().await;
    let subjects: Vec<String> = app
        .mails_to(BRAM)
        .iter()
        .map(|mail| mail.subject.clone())
        .collect();
    assert!(
        !subjects
            .iter()
            .any(|subject| subject.starts_with("Open again")),
        "{subjects:?}"
    );
}

async fn after_a_quarter_of_an_hour_it_is_too_late(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let browser = app.browser();
    let link = undo_link(&app.rejects_by_link(&mail).await);
    let open = browser.open(&link).await;
    app.pass(MINUTE * 15);
    let before = app.dump().await;
    for page in [
        browser.open(&link).await,
        browser
            .submit(&link, &[("nonce", &open.field("nonce"))])
            .await,
    ] {
        assert_eq!(page.status, 200);
        page.shows("Ongedaan maken kan niet meer")
            .shows("De tijd om het ongedaan te maken is voorbij")
            .hides("<button");
    }
    let decided = browser.open(&mail.path("/r/")).await;
    decided.shows("Al beslist").hides("/u/");
    assert_eq!(app.dump().await, before);
    assert_eq!(app.status_of(id).await, "rejected");
}

async fn what_the_portal_decided_no_link_undoes(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    // A link from an earlier rejection, which was undone.
    let link = undo_link(&app.rejects_by_link(&mail).await);
    app.presses(&link).await;
    let browser = app.browser();
    app.pass(MINUTE);
    app.signed_in(BRAM)
        .await
        .decides(&[&id.to_string()], "reject")
        .await;
    let before = app.dump().await;
    let page = browser.open(&link).await;
    assert_eq!(page.status, 200);
    page.shows("Er is intussen iets anders met deze aanvraag gebeurd")
        .shows("in het portaal")
        .hides("<button");
    let pressed = browser.submit(&link, &[("nonce", "x")]).await;
    assert_eq!(pressed.status, 200);
    browser.open(&mail.path("/r/")).await.hides("/u/");
    assert_eq!(app.dump().await, before);
}

async fn an_undo_never_touches_what_was_approved_or_revoked_since(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let browser = app.browser();
    let link = undo_link(&app.rejects_by_link(&mail).await);
    let open = browser.open(&link).await;
    app.pass(Duration::from_secs(5));
    let person = app.request(id).await.requester;
    let row = format!("{TULIPS}.{person}");
    let bram = app.signed_in(BRAM).await;
    // Approved after all, and then taken away again: within the quarter of an hour.
    for (list, action, decision, now) in [
        ("rejected", "approve", "allow", "het heeft nu wel toegang"),
        ("approved", "reject", "deny", ""),
    ] {
        bram.overturns(list, &row, action).await;
        let before = app.dump().await;
        let shown = browser.open(&link).await;
        assert_eq!(shown.status, 200);
        shown
            .shows("Er is intussen iets anders met deze aanvraag gebeurd")
            .shows(now)
            .hides("<button");
        let nonce = open.field("nonce");
        let pressed = browser.submit(&link, &[("nonce", &nonce)]).await;
        pressed.hides("staat weer open");
        let decided = browser.open(&mail.path("/r/")).await;
        decided.hides("/u/").shows(now);
        assert_eq!(app.dump().await, before);
        let check = json!({ "accountNumber": TULIPS, "email": JORIS });
        let answer = app.post("/v1/access-checks", &check).await;
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["decision"], decision);
    }
    invariants::hold(&app.app).await;
}

async fn whoever_was_approved_meanwhile_is_not_told_of_a_rejection(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    app.rejects_by_link(&mail).await;
    app.deliver_mail().await;
    let person = app.request(id).await.requester;
    let bram = app.signed_in(BRAM).await;
    bram.overturns("rejected", &format!("{TULIPS}.{person}"), "approve")
        .await
        .shows(JORIS);
    app.pass(MINUTE * 20);
    app.deliver_mail().await;
    let mails = app.mails_to(JORIS);
    assert_eq!(mails.len(), 1, "{:?}", mails.last());
    invariants::hold(&app.app).await;
}

async fn the_form_is_as_strict_as_that_of_the_reject_page(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    let browser = app.browser();
    let reject_nonce = browser.open(&mail.path("/r/")).await.field("nonce");
    let link = undo_link(&app.rejects_by_link(&mail).await);
    let nonce = browser.open(&link).await.field("nonce");
    let before = app.dump().await;
    let early = browser.submit(&link, &[("nonce", &nonce)]).await;
    app.pass(MINUTE);
    for refused in [
        early,
        browser.submit(&link, &[]).await,
        browser.submit(&link, &[("nonce", &reject_nonce)]).await,
        browser
            .submit_with(
                &link,
                &[("nonce", &nonce)],
                &[("sec-fetch-site", "cross-site")],
            )
            .await,
    ] {
        assert_eq!(refused.status, 400);
        refused.shows("Er is nog niets gebeurd").shows("<button");
    }
    let put = browser.send(reqwest::Method::PUT, &link, &[]).await;
    assert_eq!(put.status, 405);
    assert_eq!(app.dump().await, before);
    assert_eq!(app.status_of(id).await, "rejected");
}

async fn whoever_is_removed_between_page_and_press_undoes_nothing(database: Database) {
    let (app, mail) = asked(database).await;
    let id = app.request_of(&mail);
    app.rejects_by_link(&mail).await;
    let anna = EmailAddress::parse(ANNA).unwrap();
    let mut conn = app.app.store.read().await.unwrap();
    let (anna, _) = people::by_email(&mut conn, &anna).await.unwrap().unwrap();
    drop(conn);
    app.dismiss(ANNA, TULIPS).await;
    let refused = undo::undo(&app.app, id, anna.id).await;
    assert!(matches!(refused, Err(UndoError::Unknown)));
    assert_eq!(app.status_of(id).await, "rejected");
}

on_both_databases!(
    whoever_is_removed_between_page_and_press_undoes_nothing,
    a_rejection_is_undone_and_the_requester_never_hears_of_it,
    after_an_undo_it_can_be_rejected_again_and_everybody_is_told,
    whoever_never_heard_that_it_was_handled_hears_of_no_undo,
    after_a_quarter_of_an_hour_it_is_too_late,
    what_the_portal_decided_no_link_undoes,
    an_undo_never_touches_what_was_approved_or_revoked_since,
    whoever_was_approved_meanwhile_is_not_told_of_a_rejection,
    the_form_is_as_strict_as_that_of_the_reject_page,
);
