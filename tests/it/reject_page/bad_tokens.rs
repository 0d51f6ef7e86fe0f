//! Tokens that are worth nothing: one page for all of them, and nothing changes.

use std::time::Duration;

use esecured::domain::email_address::EmailAddress;
use esecured::{
    reject_link::{self, LinkPurpose},
    signing::key_file,
    store::people,
    workflow::links,
};
use reqwest::Method;

use crate::support::{
    ANNA, BRAM, Database, Received, TULIPS, TestApp, on_both_databases, test_app::BEGINNING,
};

async fn every_bad_token_gets_one_page(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let token = mail.token();
    let bram = app.last_mail_to(BRAM);
    app.dismiss(BRAM, TULIPS).await;

    let request = app.request(id).await;
    let mut conn = app.app.store.read().await.unwrap();
    let anna = EmailAddress::parse(ANNA).unwrap();
    let anna = people::by_email(&mut conn, &anna).await.unwrap().unwrap().0;
    drop(conn);
    let ours = app.app.keys.current();
    let keys = &app.app.config.keys.file;
    let elsewhere = key_file::load(keys, "https://elsewhere.example").unwrap();
    let claims = links::link_claims(&request, anna.id, 0, LinkPurpose::Reject);
    assert_eq!(reject_link::encode(&ours, &claims), token, "the control");
    let undo = links::link_claims(&request, anna.id, 0, LinkPurpose::Undo);
    let mut expired = claims;
    expired.expires = BEGINNING;
    let mut of_nothing = claims;
    of_nothing.request = anna.id.0;
    let mut of_nobody = claims;
    of_nobody.recipient = request.id.0;

    let mut changed = token.clone().into_bytes();
    changed[30] = if changed[30] == b'A' { b'B' } else { b'A' };
    let bad = [
        "x".to_owned(),
        "%ff%fe".to_owned(),
        "..%2f..%2fetc".to_owned(),
        token[..75].to_owned(),
        token[..40].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        token.to_lowercase(),
        String::from_utf8(changed).unwrap(),
        reject_link::encode(&elsewhere, &claims),
        reject_link::encode(&ours, &undo),
        reject_link::encode(&ours, &expired),
        reject_link::encode(&ours, &of_nothing),
        reject_link::encode(&ours, &of_nobody),
        bram.token(),
    ];
    let before = app.dump().await;
    let browser = app.browser();
    let first = browser.open("/r/x").await;
    assert_eq!(first.status, 404);
    first
        .shows("Deze link werkt niet")
        .shows("This link does not work");
    app.pass(Duration::from_secs(5));
    for token in &bad {
        for door in ["r", "u"] {
            if door == "u" && *token == reject_link::encode(&ours, &undo) {
                continue; // There it is at home.
            }
            let path = format!("/{door}/{token}");
            let shown = browser.open(&path).await;
            assert_eq!((shown.status, &shown.body), (404, &first.body), "{path}");
            let pressed = browser.submit(&path, &[("nonce", "x")]).await;
            assert_eq!(
                (pressed.status, &pressed.body),
                (404, &first.body),
                "{path}"
            );
            let head = browser.send(Method::HEAD, &path, &[]).await;
            assert_eq!((head.status, head.body.as_str()), (404, ""), "{path}");
        }
    }
    // A reject link does not undo either.
    let shown = browser.open(&format!("/u/{token}")).await;
    assert_eq!((shown.status, &shown.body), (404, &first.body));
    assert_eq!(app.dump().await, before);
    assert_eq!(app.status_of(id).await, "pending");
}

async fn a_link_lives_through_a_rotation_and_dies_with_its_key(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let mail = app.last_mail_to(ANNA);
    let status = async |mail: &Received| app.browser().open(&mail.path("/r/")).await.status;
    let old = app.app.keys.current().signing_key();
    let file = &app.app.config.keys.file;
    key_file::rotate(file, BEGINNING.plus(Duration::from_secs(60))).unwrap();
    app.app.keys.reload_if_changed().unwrap();
    assert_ne!(app.app.keys.current().signing_key(), old);
    assert_eq!(status(&mail).await, 200);

    key_file::revoke(file, old).unwrap();
    app.app.keys.reload_if_changed().unwrap();
    assert_eq!(status(&mail).await, 404);
    let pressed = app.browser().submit(&mail.path("/r/"), &[]).await;
    assert_eq!(pressed.status, 404);
    assert_eq!(app.status_of(id).await, "pending");

    // What is sent from now on is signed with the new key.
    app.asks("piet@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    assert_eq!(status(&app.last_mail_to(ANNA)).await, 200);
}

async fn a_dismissed_administrator_cannot_press_a_page_that_is_open(database: Database) {
    let app = TestApp::start(database).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let path = app.last_mail_to(ANNA).path("/r/");
    let browser = app.browser();
    let nonce = browser.open(&path).await.field("nonce");
    app.pass(Duration::from_secs(5));
    app.dismiss(ANNA, TULIPS).await;
    let pressed = browser.submit(&path, &[("nonce", &nonce)]).await;
    assert_eq!(pressed.status, 404);
    assert_eq!(app.status_of(id).await, "pending");
}

async fn what_was_mailed_before_a_removal_stays_dead_after_the_return(database: Database) {
    let app = TestApp::start(database).await;
    let first = app.joris_asks().await;
    app.deliver_mail().await;
    let before = app.last_mail_to(ANNA);
    let undone = app.asks("piet@elsewhere.example", TULIPS).await;
    app.deliver_mail().await;
    app.rejects_by_link(&app.last_mail_to(ANNA)).await;
    app.deliver_mail().await;
    let undo = app.last_mail_to(ANNA).path("/u/");
    for round in 0..2 {
        app.pass(Duration::from_secs(60));
        app.dismiss(ANNA, TULIPS).await;
        app.deliver_mail().await;
        app.pass(Duration::from_secs(60));
        app.appoints_again(ANNA, TULIPS).await;
        app.deliver_mail().await;
        let browser = app.browser();
        for dead in [&before.path("/r/"), &undo] {
            assert_eq!(browser.open(dead).await.status, 404, "{round}");
            assert_eq!(browser.submit(dead, &[("nonce", "x")]).await.status, 404);
        }
        assert_eq!(app.status_of(first).await, "pending");
        assert_eq!(app.status_of(undone).await, "rejected");
    }
    // What is mailed after that counts: she is asked again about what is open.
    let anew = app.last_mail_to(ANNA);
    assert_eq!(app.request_of(&anew), first);
    app.rejects_by_link(&anew).await;
    assert_eq!(app.status_of(first).await, "rejected");
}

on_both_databases!(
    every_bad_token_gets_one_page,
    a_link_lives_through_a_rotation_and_dies_with_its_key,
    a_dismissed_administrator_cannot_press_a_page_that_is_open,
    what_was_mailed_before_a_removal_stays_dead_after_the_return,
);
