//! From the red button in the mail to the rejection, and back.

use std::time::Duration;

use esecured::config::Confirm;
use fantoccini::Locator;

use crate::support::{ANNA, Chromium, Database, JORIS, TestApp, invariants};

/// Longer than a page must have been open.
const A_MOMENT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anna_presses_the_red_button_in_her_mail_and_thinks_better_of_it() {
    let app = TestApp::start(Database::Sqlite).await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = Chromium::start(&app, "nl").await;

    anna.opens_newest_mail_to(ANNA).await;
    anna.enter_frame().await;
    anna.press_into_new_tab("WEIGEREN").await;
    anna.shows("Deze aanvraag weigeren?").await;
    anna.shows(JORIS).await;
    assert_eq!(app.status_of(id).await, "pending");

    // There is one button on the page.
    app.pass(A_MOMENT);
    anna.click(Locator::Css("button")).await;
    anna.shows("Geweigerd").await.shows(JORIS).await;
    assert_eq!(app.status_of(id).await, "rejected");

    anna.press("Ongedaan maken / Undo").await;
    anna.shows("Weigeren ongedaan maken?").await;
    assert_eq!(app.status_of(id).await, "rejected");
    app.pass(A_MOMENT);
    anna.press("Ongedaan maken / Undo").await;
    anna.shows("De aanvraag staat weer open").await;
    assert_eq!(app.status_of(id).await, "pending");

    anna.quit().await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_scanners_press_buttons_anna_ticks_a_box_first() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        config.reject.confirm = Confirm::Tick;
    })
    .await;
    let id = app.joris_asks().await;
    app.deliver_mail().await;
    let anna = Chromium::start(&app, "nl").await;

    anna.open(&app.last_mail_to(ANNA).path("/r/")).await;
    app.pass(A_MOMENT);
    anna.press_in_vain("WEIGEREN / Reject").await;
    anna.shows("Deze aanvraag weigeren?").await;
    assert_eq!(app.status_of(id).await, "pending");
    anna.looks_right("reject tick").await;
    app.pass(A_MOMENT);

    anna.click(Locator::Css("input[type=checkbox]")).await;
    anna.press("WEIGEREN / Reject").await;
    anna.shows("Geweigerd").await;
    assert_eq!(app.status_of(id).await, "rejected");

    anna.quit().await;
    app.deliver_mail().await;
    invariants::hold(&app.app).await;
}
