//! The mails as a mail program on a phone or a desk shows them.

use std::time::Duration;

use esecured::config::Limit;
use serde_json::json;

use crate::support::{Chromium, Database, TULIPS, TestApp};

const HOUR: Duration = Duration::from_secs(3600);
/// A small phone, a usual one, and the reading pane of a desktop program.
const WIDTHS: [u32; 3] = [320, 360, 700];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mail_fits_every_reader_by_day_and_by_night() {
    let app = TestApp::start_with(Database::Sqlite, |config| {
        let limit = Limit {
            count: 2,
            per: HOUR,
        };
        config.limits.mails_per_administrator = Some(limit);
    })
    .await;
    app.joris_asks().await;
    let long = json!({
        "accountNumber": TULIPS,
        "email": format!("{}@{}.example", "j".repeat(64), "elsewhere".repeat(5)),
        "name": "J".repeat(60),
        "reason": "Retour ".to_owned() + &"x".repeat(180),
    });
    assert_eq!(app.post("/v1/access-requests", &long).await.status(), 201);
    // The mails of the next three are one digest.
    for name in ["mila", "piet.van.der.meer", "inkoop-en-verzending"] {
        app.asks(&format!("{name}@transportbedrijf-noord.example"), TULIPS)
            .await;
    }
    app.deliver_mail().await;
    app.pass(HOUR);
    assert_eq!(app.makes_digests().await, 2);
    app.deliver_mail().await;
    let reader = Chromium::start(&app, "nl").await;

    for path in mails_to_administrators(&reader).await {
        reader.open(&format!("{path}/html")).await;
        for scheme in ["light", "dark"] {
            reader.colours(scheme).await;
            for width in WIDTHS {
                let name = format!("mail {path} {scheme} {width}");
                reader.fits(&name, width).await;
            }
        }
    }
    reader.quit().await;
}

async fn mails_to_administrators(reader: &Chromium) -> Vec<String> {
    let script = "
        const links = [...document.querySelectorAll('.letters a')];
        return links.filter((link) => link.innerText.includes('tulips')).map((link) => link.pathname);
    ";
    reader.open("/dev/mailbox").await;
    let paths = serde_json::from_value(reader.asks(script, Vec::new()).await);
    let paths: Vec<String> = paths.unwrap();
    assert_eq!(paths.len(), 6);
    paths
}
