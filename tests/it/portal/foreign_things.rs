//! Nobody sees or changes another account's things, nor learns that they are there.

use super::{CARLA, ROSES, add_roses, row_of, rows};
use crate::support::{ANNA, Database, JORIS, TestApp, invariants, on_both_databases};

async fn another_account_is_not_to_be_seen(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let theirs = app.asks("secret@elsewhere.example", ROSES).await;
    let number = app.request(theirs).await.number.to_string();
    let anna = app.signed_in(ANNA).await;
    let unknown = "/requests/0198c3a0-0000-7000-8000-000000000000";
    let unknown = anna.open(unknown).await;
    let shown = anna.open(&format!("/requests/{theirs}")).await;
    assert_eq!((shown.status, unknown.status), (404, 404));
    let essence = |page: &crate::support::browser::Page| {
        let id = page.header("x-request-id").to_owned();
        page.body.replace(&id, "ID")
    };
    assert_eq!(essence(&shown), essence(&unknown));
    for path in [
        "/".to_owned(),
        "/authorized-users".to_owned(),
        "/authorized-users?q=secret".to_owned(),
        format!("/authorized-users?q={ROSES}"),
        format!("/authorized-users?q={number}"),
    ] {
        let page = anna.open(&path).await;
        assert_eq!(rows(&page).len(), 0, "{path}");
        page.hides("secret@").hides("Rozenkwekerij").hides("Carla");
        page.hides("class=\"count\"");
    }
    let carla = app.signed_in(CARLA).await;
    assert_eq!(rows(&carla.open("/authorized-users").await).len(), 1);
}

async fn forged_rows_change_nothing_and_tell_nothing(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let own = app.joris_asks().await.to_string();
    let pending = app.asks("secret@elsewhere.example", ROSES).await;
    let decided = app.asks("other@elsewhere.example", ROSES).await;
    let carla = app.signed_in(CARLA).await;
    carla.decides(&[&decided.to_string()], "reject").await;
    let anna = app.signed_in(ANNA).await;
    let csrf = anna.open("/authorized-users").await.field("csrf");
    let before = app.dump().await;
    let forged = [
        pending.to_string(),
        decided.to_string(),
        row_of(&app, pending).await,
        row_of(&app, decided).await,
        "0198c3a0-0000-7000-8000-000000000000".to_owned(),
    ];
    for list in ["pending", "rejected", "approved", "expired"] {
        for action in ["approve", "reject"] {
            let rows: Vec<&str> = forged.iter().map(String::as_str).collect();
            let answer = anna.posts_rows(&csrf, list, &rows, action).await;
            assert_eq!(answer.status, 303);
            let page = anna.open(&answer.location.unwrap()).await;
            page.hides("secret@")
                .hides("other@")
                .hides(ROSES)
                .hides("Carla");
        }
    }
    for id in [pending, decided] {
        let entry = id.to_string();
        let fields = [
            ("csrf", csrf.as_str()),
            ("entry", &entry),
            ("action", "approve"),
        ];
        let path = format!("/requests/{id}");
        let answer = anna.submit(&path, &fields).await;
        assert!(answer.status == 404 || answer.status == 303);
        anna.open(&path).await.hides("secret@").hides("other@");
    }
    // A made-up result cookie shows nothing either.
    let cookie = format!("result=n{pending}~a{decided}");
    let page = app.browser();
    let signed_in = page
        .sign_in(ANNA, crate::support::test_app::PASSWORD, "/")
        .await;
    let session = signed_in
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let cookies = format!("{session}; {cookie}");
    let list = app
        .browser()
        .send(
            reqwest::Method::GET,
            "/authorized-users",
            &[("cookie", &cookies)],
        )
        .await;
    assert_eq!(list.status, 200);
    list.shows(JORIS).hides("secret@").hides("other@");
    let changed = app.dump().await;
    let of_sessions = |dump: &str| -> String {
        let skip = |line: &&str| !line.starts_with("session") && !line.starts_with("audit");
        dump.lines().filter(skip).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(of_sessions(&changed), of_sessions(&before));
    // One's own row among foreign ones is decided.
    let rows = [forged[0].as_str(), own.as_str()];
    let answer = anna.posts_rows(&csrf, "pending", &rows, "approve").await;
    let page = anna.open(&answer.location.unwrap()).await;
    page.shows("joris@elsewhere.example</strong>: goedgekeurd")
        .hides("secret@");
    assert_eq!(app.status_of(pending).await, "pending");
    invariants::hold(&app.app).await;
}

async fn no_company_signs_anybody_out_of_another(database: Database) {
    let app = TestApp::start(database).await;
    add_roses(&app).await;
    let anna = app.signed_in(ANNA).await;
    let carla = app.signed_in(CARLA).await;
    let csrf = carla.open("/settings").await.field("csrf");
    let email = esecured::domain::email_address::EmailAddress::parse(ANNA).unwrap();
    let mut conn = app.app.store.read().await.unwrap();
    let known = esecured::store::people::by_email(&mut conn, &email).await;
    let id = known.unwrap().unwrap().0.id.to_string();
    drop(conn);
    let add = [
        ("csrf", csrf.as_str()),
        ("account", ROSES),
        ("name", "Anna"),
        ("email", ANNA),
        ("language", "nl"),
    ];
    let added = carla.submit("/customer-administrators/add", &add).await;
    assert_eq!(added.status, 303, "{}", added.body);
    anna.open("/").await.shows("Rozenkwekerij");
    let remove = [
        ("csrf", csrf.as_str()),
        ("account", ROSES),
        ("administrator", id.as_str()),
    ];
    let removed = carla
        .submit("/customer-administrators/remove", &remove)
        .await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    let page = anna.open("/").await;
    assert_eq!(page.status, 200);
    page.hides("Rozenkwekerij");
}

on_both_databases!(
    no_company_signs_anybody_out_of_another,
    another_account_is_not_to_be_seen,
    forged_rows_change_nothing_and_tell_nothing,
);
