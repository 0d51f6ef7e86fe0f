//! Without a mouse.

use std::time::Duration;

use serde_json::Value;

use crate::support::{
    ANNA, Chromium, Database, JORIS, TULIPS, TestApp, chromium::TAB, invariants, test_app::PASSWORD,
};

const DORA: &str = "dora@tulips.example";

const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";

/// Whether the focus can be seen, whether it is at what arguments[0] selects, and where it is.
const FOCUS: &str = "
    const focus = document.activeElement;
    const { x, y, width, height } = focus.getBoundingClientRect();
    const top = document.elementFromPoint(x + width / 2, y + height / 2);
    const hasOutline = getComputedStyle(focus).outlineStyle !== 'none';
    return [hasOutline && focus.contains(top), focus.matches(arguments[0]), focus.outerHTML];
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anna_signs_in_and_approves_with_the_keyboard_alone() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    let anna = signed_in_by_keyboard(&app).await;

    tabs_to(&anna, "summary").await;
    anna.keys(ENTER).await;
    tabs_to(&anna, "a[href='/authorized-users']").await;
    anna.keys_lead_on(ENTER).await;
    tabs_to(&anna, "[name=entry]").await;
    anna.keys(SPACE).await;
    tabs_to(&anna, "button[value=approve]").await;
    anna.keys_lead_on(ENTER).await;
    anna.shows(&format!("{JORIS}: goedgekeurd voor")).await;
    assert_eq!(app.status_of(id).await, "approved");

    anna.quit().await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anna_adds_users_and_an_administrator_with_the_keyboard_alone() {
    let app = TestApp::start(Database::Sqlite).await;
    let anna = signed_in_by_keyboard(&app).await;

    anna.open("/authorized-users").await;
    tabs_to(&anna, "a[href='/authorized-users/add']").await;
    anna.keys_lead_on(ENTER).await;
    tabs_to(&anna, "[name=account]").await;
    anna.keys(TULIPS).await;
    tabs_to(&anna, "[name=email]").await;
    anna.keys("kees@partner.example, mia@partner.example").await;
    tabs_to(&anna, "button[value=save]").await;
    anna.keys_lead_on(ENTER).await;
    anna.shows("2 e-mailadressen zijn goedgekeurd").await;

    tabs_to(&anna, ".tabs [href='/customer-administrators']").await;
    anna.keys_lead_on(ENTER).await;
    tabs_to(&anna, "[name=account]").await;
    anna.keys(SPACE).await;
    tabs_to(&anna, "main form button").await;
    anna.keys_lead_on(ENTER).await;
    tabs_to(&anna, "[name=name]").await;
    anna.keys("Dora Groen").await;
    tabs_to(&anna, "[name=email]").await;
    anna.keys(DORA).await;
    tabs_to(&anna, "[name=language]").await;
    anna.keys(SPACE).await;

    // She took her time: she has to confirm who she is, beside what she typed.
    app.pass(Duration::from_secs(16 * 60));
    tabs_to(&anna, "main form button").await;
    anna.keys_lead_on(ENTER).await;
    anna.shows("Bevestig eerst dat jij het bent").await;
    tabs_to(&anna, "a[href='/confirm']").await;
    let form = anna.keys_into_new_tab(ENTER).await;
    anna.comes_to_show("Wachtwoord").await;
    tabs_to(&anna, "[name=password]").await;
    anna.keys(PASSWORD).await.keys_lead_on(ENTER).await;
    anna.shows("Je kunt dit tabblad sluiten.").await;
    anna.closes_tab(form).await;
    tabs_to(&anna, "main form button").await;
    anna.keys_lead_on(ENTER).await;
    anna.shows("De accountbeheerder is nu toegevoegd").await;

    app.deliver_mail().await;
    assert_eq!(app.mails_to(DORA).len(), 1);
    anna.quit().await;
    invariants::hold(&app.app).await;
}

/// Anna at the portal, to which she came without a mouse.
async fn signed_in_by_keyboard(app: &TestApp) -> Chromium {
    let anna = Chromium::start(app, "nl").await;
    anna.open("/").await;
    tabs_to(&anna, "[name=email]").await;
    anna.keys(ANNA).await;
    tabs_to(&anna, "[name=password]").await;
    anna.keys(PASSWORD).await.keys_lead_on(ENTER).await;
    assert_eq!(anna.path().await, "/");
    anna
}

/// Presses the tab key until the focus is there. At every stop the focus can be seen, and nothing
/// lies above it (WCAG 2.2, 2.4.7 and 2.4.11).
async fn tabs_to(anna: &Chromium, selector: &str) {
    for _ in 0..30 {
        anna.keys(TAB).await;
        let [seen, is_there, focus] =
            serde_json::from_value::<[Value; 3]>(anna.asks(FOCUS, vec![selector.into()]).await)
                .unwrap();
        assert_eq!(seen, true, "the focus cannot be seen at {focus}");
        if is_there == true {
            return;
        }
    }
    panic!("the tab key does not lead to {selector}");
}
