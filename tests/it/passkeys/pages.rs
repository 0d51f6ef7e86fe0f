//! The pages around passkeys: where a script is, and where there are none.

use super::{anna_with_passkey, begins, count, start};
use crate::support::{ANNA, Database, TestApp};

#[tokio::test]
async fn only_the_page_that_asks_the_device_has_a_script() {
    let (app, origin) = start(Database::Sqlite).await;
    let login = app.browser().open("/login").await;
    login.shows("Inloggen met een passkey").hides("<script");
    assert!(
        !login
            .header("content-security-policy")
            .contains("script-src")
    );
    let (anna, _device) = anna_with_passkey(&app, &origin).await;
    let page = anna.open("/settings").await;
    assert!(
        !page
            .header("content-security-policy")
            .contains("script-src")
    );
    let csrf = page.field("csrf");
    let page = begins(&anna, "/confirm/passkey", &[("csrf", &csrf)]).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'; "), "{policy}");
    page.shows("<noscript>")
        .shows("data-asks=\"get\"")
        .shows("href=\"/confirm?next&#x3D;%2Fconfirm\"");
    let script = app.browser().open("/passkey.js").await;
    assert_eq!(
        script.header("content-type"),
        "text/javascript; charset=utf-8"
    );
}

#[tokio::test]
async fn an_ip_address_has_no_passkeys() {
    let app = TestApp::start(Database::Sqlite).await;
    assert!(!app.app.config.portal.passkeys);
    app.browser().open("/login").await.hides("passkey");
    assert_eq!(app.browser().open("/passkey").await.status, 404);
    assert_eq!(
        app.browser().submit("/login/passkey", &[]).await.status,
        404
    );
    let anna = app.signed_in(ANNA).await;
    anna.open("/settings").await.hides("asskey");
}

#[tokio::test]
async fn another_site_cannot_begin_for_somebody() {
    let (app, _) = start(Database::Sqlite).await;
    let headers = [("sec-fetch-site", "cross-site")];
    let page = app
        .browser()
        .submit_with("/login/passkey", &[], &headers)
        .await;
    assert_eq!(page.status, 403);
    assert_eq!(count(&app, "ceremony").await, 0);
}
