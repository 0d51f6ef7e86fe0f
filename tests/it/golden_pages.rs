//! Every page in every state, in both languages, as it looked when somebody last looked at it.
//!
//! Golden files stand in `tests/golden/pages/`; `UPDATE_GOLDEN=1` writes them anew.

mod golden;

use std::time::Duration;

use esecured::{
    config::Confirm,
    domain::{
        account_number::AccountNumber, email_address::EmailAddress, language::Language,
        request::RequestId,
    },
    workflow::{expire, invite, manage},
};
use reqwest::Method;

use crate::support::{
    ANNA, BRAM, Browser, Database, TULIPS, TestApp, identity_provider, test_app::PASSWORD,
};
use golden::assert_golden;

const MINUTE: Duration = Duration::from_secs(60);

/// A page of the portal in both languages.
async fn in_both_languages(name: &str, browser: &Browser, path: &str) {
    for language in ["nl", "en"] {
        let headers = [("accept-language", language)];
        let page = browser.send(Method::GET, path, &headers).await;
        assert_golden(&format!("{name}.{language}"), &page);
    }
}

/// The page behind Anna's link (Dutch) and behind Bram's (English).
async fn behind_both_links(name: &str, app: &TestApp, id: RequestId) {
    for (who, language) in [(ANNA, "nl"), (BRAM, "en")] {
        let page = app.browser().open(&link(app, who, id)).await;
        assert_golden(&format!("{name}.{language}"), &page);
    }
}

/// The reject link of the approval mail about a request.
fn link(app: &TestApp, who: &str, id: RequestId) -> String {
    let mails = app.mails_to(who);
    let asks = mails
        .iter()
        .find(|mail| mail.text.contains("/r/") && app.request_of(mail) == id);
    asks.unwrap().path("/r/")
}

/// What the entry of a request is called in the path of its page.
async fn entry_of(app: &TestApp, id: RequestId) -> String {
    let request = app.request(id).await;
    format!("{}.{}", request.account.as_str(), request.requester)
}

async fn asked(app: &TestApp, name: &str) -> RequestId {
    app.pass(MINUTE);
    let id = app.asks(&format!("{name}@elsewhere.example"), TULIPS).await;
    app.deliver_mail().await;
    id
}

#[tokio::test]
async fn the_pages_behind_links_look_as_they_did() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = asked(&app, "joris").await;
    behind_both_links("reject.open", &app, id).await;
    for (who, language) in [(ANNA, "nl"), (BRAM, "en")] {
        let again = app.browser().submit(&link(&app, who, id), &[]).await;
        assert_golden(&format!("reject.open_again.{language}"), &again);
    }

    // Rejected by each of them once, with an undo in between.
    for (who, language) in [(ANNA, "nl"), (BRAM, "en")] {
        let done = app.presses(&link(&app, who, id)).await;
        assert_golden(&format!("reject.done.{language}"), &done);
        app.deliver_mail().await;
        let undo = app.last_mail_to(who).path("/u/");
        let open = app.browser().open(&undo).await;
        assert_golden(&format!("undo.open.{language}"), &open);
        let undone = app.presses(&undo).await;
        assert_golden(&format!("undo.done.{language}"), &undone);
        let changed = app.browser().open(&undo).await;
        assert_golden(&format!("undo.changed.{language}"), &changed);
    }
    app.presses(&link(&app, ANNA, id)).await;
    behind_both_links("reject.decided", &app, id).await;
    app.deliver_mail().await;
    app.pass(MINUTE * 15);
    let late = app
        .browser()
        .open(&app.last_mail_to(ANNA).path("/u/"))
        .await;
    assert_golden("undo.late.nl", &late);
    behind_both_links("reject.decided_for_good", &app, id).await;

    let id = asked(&app, "mia").await;
    expire::cancel_by_operator(&app.app, id).await.unwrap();
    behind_both_links("reject.cancelled", &app, id).await;
    let id = asked(&app, "noor").await;
    app.pass(MINUTE * 60 * 24 * 14);
    expire::expire_due(&app.app, 10).await.unwrap();
    behind_both_links("reject.expired", &app, id).await;
    in_both_languages("reject.unknown", &app.browser(), "/r/x").await;
    in_both_languages("error.404", &app.browser(), "/nothing").await;
}

#[tokio::test]
async fn the_page_with_a_box_to_tick_looks_as_it_did() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.reject.confirm = Confirm::Tick;
    })
    .await;
    let id = asked(&app, "joris").await;
    behind_both_links("reject.tick", &app, id).await;
    let unticked = app.presses(&link(&app, ANNA, id)).await;
    assert_golden("reject.unticked.nl", &unticked);
}

#[tokio::test]
async fn invitations_look_as_they_did() {
    let app = TestApp::start(Database::Sqlite).await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    for (address, language) in [
        ("carla@tulips.example", "nl"),
        ("dora@tulips.example", "en"),
    ] {
        let email = EmailAddress::parse(address).unwrap();
        let spoken = Language::parse(language).unwrap();
        manage::add_administrator(&app.app, &email, &number, "Carla de Wit", spoken, None)
            .await
            .unwrap();
        app.deliver_mail().await;
        let first = app.last_mail_to(address).path("/invite/");
        let nobody = app.browser();
        let open = nobody.open(&first).await;
        assert_golden(&format!("invite.open.{language}"), &open);
        let nonce = open.field("nonce");
        let fields = [
            ("nonce", nonce.as_str()),
            ("new", "short"),
            ("again", "short"),
        ];
        let short = nobody.submit(&first, &fields).await;
        assert_golden(&format!("invite.short.{language}"), &short);
        invite::invite(&app.app, &email).await.unwrap();
        let replaced = nobody.open(&first).await;
        assert_golden(&format!("invite.replaced.{language}"), &replaced);
        app.deliver_mail().await;
        let second = app.last_mail_to(address).path("/invite/");
        app.pass(MINUTE * 60 * 72);
        let expired = nobody.open(&second).await;
        assert_golden(&format!("invite.expired.{language}"), &expired);
        manage::set_password(&app.app, &email, PASSWORD.into())
            .await
            .unwrap();
        let used = nobody.open(&second).await;
        assert_golden(&format!("invite.used.{language}"), &used);
    }
    in_both_languages("invite.unknown", &app.browser(), "/invite/x").await;
    in_both_languages("login.welcome", &app.browser(), "/login?welcome=1").await;
}

#[tokio::test]
async fn the_administrators_look_as_they_did() {
    let app = TestApp::start(Database::Sqlite).await;
    asked(&app, "joris").await;
    let number = AccountNumber::parse(TULIPS).unwrap();
    let carla = EmailAddress::parse("carla@tulips.example").unwrap();
    manage::add_administrator(&app.app, &carla, &number, "Carla", Language::Nl, None)
        .await
        .unwrap();
    app.deliver_mail().await;
    let anna = app.signed_in(ANNA).await;
    let list = anna.open("/customer-administrators").await;
    let id = list.body.split("administrator=").nth(2).unwrap();
    let of_bram = format!("account={TULIPS}&administrator={}", &id[..36]);
    let base = "/customer-administrators";
    in_both_languages("administrators", &anna, base).await;
    in_both_languages("administrators.added", &anna, &format!("{base}?done=added")).await;
    in_both_languages(
        "administrators.nothing_ticked",
        &anna,
        &format!("{base}/add"),
    )
    .await;
    let add = format!("{base}/add?account={TULIPS}");
    in_both_languages("administrators.add", &anna, &add).await;
    let csrf = list.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("account", TULIPS), ("email", "x")];
    let wrong = anna.submit(&format!("{base}/add"), &fields).await;
    assert_golden("administrators.wrong.nl", &wrong);
    for page in ["remove", "aliases", "invite"] {
        let path = format!("{base}/{page}?{of_bram}");
        in_both_languages(&format!("administrators.{page}"), &anna, &path).await;
    }
    let esecure = format!("{base}/esecure?account={TULIPS}");
    in_both_languages("administrators.esecure", &anna, &esecure).await;
    app.pass(MINUTE * 16);
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("name", "Dora"),
        ("email", "dora@tulips.example"),
        ("language", "en"),
    ];
    let confirm = anna.submit(&format!("{base}/add"), &fields).await;
    assert_golden("administrators.confirm_first.nl", &confirm);
}

#[tokio::test]
async fn the_portal_looks_as_it_did() {
    let app = TestApp::start(Database::Sqlite).await;
    let nobody = app.browser();
    in_both_languages("login", &nobody, "/login").await;
    in_both_languages("problem", &nobody, "/problems/invalid-body").await;
    in_both_languages("login.for_request", &nobody, "/login?next=/requests/1").await;
    in_both_languages("login.signed_out", &nobody, "/login?signed_out=1").await;
    in_both_languages("login.ended", &nobody, "/login?ended=1").await;
    in_both_languages("login.unsaved", &nobody, "/login?unsaved=1").await;
    let wrong = nobody.sign_in(ANNA, "a wrong password", "/").await;
    assert_golden("login.wrong.nl", &wrong);

    let anna = app.signed_in(ANNA).await;
    in_both_languages("home.empty", &anna, "/").await;
    for status in ["pending", "approved", "rejected", "expired"] {
        let path = format!("/authorized-users?status={status}");
        in_both_languages(&format!("list.{status}.empty"), &anna, &path).await;
    }
    in_both_languages("add_users", &anna, "/authorized-users/add").await;
    let mut ids = Vec::new();
    for name in ["joris", "kees", "mia", "noor"] {
        ids.push(asked(&app, name).await);
    }
    in_both_languages("home", &anna, "/").await;
    in_both_languages("list.pending", &anna, "/authorized-users").await;
    in_both_languages("list.all_ticked", &anna, "/authorized-users?select=all").await;
    in_both_languages("list.nothing_found", &anna, "/authorized-users?q=nobody").await;
    let path = format!("/requests/{}", ids[0]);
    in_both_languages("request.open", &anna, &path).await;

    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let bram = app.signed_in(BRAM).await;
    bram.decides(&[&texts[1]], "reject").await;
    app.pass(MINUTE);
    let csrf = anna.open("/authorized-users").await.field("csrf");
    let nothing = anna.posts_rows(&csrf, "pending", &[], "approve").await;
    assert_golden("list.nothing_ticked.nl", &nothing);
    let stale = anna.posts_rows("", "pending", &[], "approve").await;
    assert_golden("list.stale.nl", &stale);
    let answer = anna
        .posts_rows(&csrf, "pending", &[&texts[0], &texts[1]], "approve")
        .await;
    let results = anna.open(&answer.location.unwrap()).await;
    assert_golden("list.results.nl", &results);
    in_both_languages("request.approved", &anna, &path).await;
    in_both_languages("list.approved", &anna, "/authorized-users?status=approved").await;
    in_both_languages("list.rejected", &anna, "/authorized-users?status=rejected").await;
    in_both_languages("activity", &anna, "/activity").await;
    let entry = format!("/authorized-users/{}", entry_of(&app, ids[0]).await);
    in_both_languages("authorized_user", &anna, &entry).await;
    app.pass(MINUTE * 60 * 24 * 14);
    expire::expire_due(&app.app, 10).await.unwrap();
    let anna = app.browser();
    anna.sign_in(ANNA, PASSWORD, "/").await;
    in_both_languages("list.expired", &anna, "/authorized-users?status=expired").await;
}

#[tokio::test]
async fn signing_in_otherwise_looks_as_it_did() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        let port = config.server.public_url.port().unwrap();
        let named = format!("http://localhost:{port}");
        config.server.public_url = named.parse().unwrap();
        config.portal.passkeys = true;
        let nobody = identity_provider::settings("127.0.0.1:9".parse().unwrap());
        config.portal.identity_providers.push(nobody);
    })
    .await;
    let browser = app.browser();
    in_both_languages("login.ways", &browser, "/login").await;
    in_both_languages("passkey.ended", &browser, "/passkey").await;
    for (name, query) in [
        ("provider.returned", "code=a&state=b"),
        ("provider.broken_off", "error=access_denied"),
    ] {
        let path = format!("/login/oidc/company/callback?{query}");
        in_both_languages(name, &browser, &path).await;
    }
    let down = browser.submit("/login/oidc/company", &[]).await;
    assert_golden("login.provider_down.nl", &down);
    let anna = app.signed_in(ANNA).await;
    in_both_languages("settings.ways", &anna, "/settings").await;
    in_both_languages(
        "settings.passkey_added",
        &anna,
        "/settings?done=passkey_added",
    )
    .await;
    let csrf = anna.open("/settings").await.field("csrf");
    let nameless = anna.submit("/settings/passkeys", &[("csrf", &csrf)]).await;
    assert_golden("settings.passkey_nameless.nl", &nameless);
}

#[tokio::test]
async fn the_settings_look_as_they_did() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    app.pass(MINUTE);
    app.signed_in(ANNA).await;
    in_both_languages("settings", &anna, "/settings").await;
    in_both_languages("stand_in", &anna, "/settings/stand-in").await;
    let csrf = anna.open("/settings").await.field("csrf");
    let mut fields = [
        ("csrf", csrf.as_str()),
        ("name", "Dora Vos"),
        ("email", "dora@office.example"),
        ("language", "nl"),
        ("first", "2026-05-12"),
        ("last", "2026-05-10"),
    ];
    let refused = anna.submit("/settings/stand-in", &fields).await;
    assert_golden("stand_in.backwards.nl", &refused);
    fields[5].1 = "2026-05-13";
    anna.submit("/settings/stand-in", &fields).await;
    in_both_languages("settings.stand_in", &anna, "/settings?done=stand_in_named").await;
    in_both_languages("administrators.stand_in", &anna, "/customer-administrators").await;
    let end = [("csrf", csrf.as_str())];
    anna.submit("/settings/stand-in/end", &end).await;
    in_both_languages("settings.done", &anna, "/settings?done=session_ended").await;
    app.pass(MINUTE * 15);
    in_both_languages("confirm", &anna, "/confirm?next=/settings").await;
    let csrf = anna.open("/confirm").await.field("csrf");
    let fields = [("csrf", csrf.as_str()), ("password", "wrong")];
    assert_golden("confirm.wrong.nl", &anna.submit("/confirm", &fields).await);
    let fields = [("csrf", csrf.as_str()), ("password", PASSWORD)];
    anna.submit("/confirm", &fields).await;
    in_both_languages("confirm.done", &anna, "/confirm").await;
    in_both_languages("login.again", &app.browser(), "/login?again=1").await;
}

#[tokio::test]
async fn the_domain_rules_look_as_they_did() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = app.signed_in(ANNA).await;
    in_both_languages("domains.empty", &anna, "/domains").await;
    let csrf = anna.open("/domains").await.field("csrf");
    let sends = async |kind, domain| {
        let fields = [
            ("csrf", csrf.as_str()),
            ("account", TULIPS),
            ("kind", kind),
            ("domain", domain),
            ("action", "add"),
        ];
        anna.submit("/domains", &fields).await
    };
    sends("my", "tulips.example").await;
    sends("authorized", "partner.example").await;
    in_both_languages("domains.added", &anna, "/domains?done=added").await;
    let refused = sends("authorized", "gmail.com").await;
    assert_golden("domains.free_mail.nl", &refused);
    let fields = [
        ("csrf", csrf.as_str()),
        ("account", TULIPS),
        ("email", "x@tu1ips.example"),
    ];
    let answer = anna.submit("/domains/preview", &fields).await;
    assert_golden("domains.preview.nl", &answer);
}
