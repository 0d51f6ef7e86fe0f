//! Somebody has the reference page, a shell and a key, and nothing else.

use std::process::{Command, Stdio};

use esecured::worker::messenger;
use serde_json::{Value, json};

use crate::support::{ANNA, Database, TestApp, receiver::Receiver};

/// What stands in one of the page's boxes.
fn boxed(page: &str, id: &str) -> String {
    let (_, rest) = page.split_once(&format!("<pre id=\"{id}\"")).unwrap();
    let (text, _) = rest
        .split_once('>')
        .unwrap()
        .1
        .split_once("</pre>")
        .unwrap();
    let text = text.replace("&quot;", "\"").replace("&#x27;", "'");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// What a shell prints to it.
async fn shell(script: String, variables: Vec<(&'static str, String)>, body: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("body.json"), body).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-euo", "pipefail", "-c", &script])
        .envs(variables)
        .current_dir(dir.path())
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || bash.output());
    let output = output.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn whoever_copies_what_stands_there_gets_a_decision() {
    let app = TestApp::start(Database::Sqlite).await;
    let page = app.browser().open("/docs").await.body;
    let begin = boxed(&page, "start-check").replace("esk_…", &app.api_key);
    let ask = boxed(&page, "start-ask");
    let said = shell(format!("{begin}\n{ask}\necho \"$ID\""), vec![], "").await;
    assert!(
        said.starts_with(r#"{"decision":"ask","rule":"ask"}"#),
        "{said}"
    );
    let id = said.lines().last().unwrap().to_owned();

    app.deliver_mail().await;
    assert_eq!(app.request_of(&app.last_mail_to(ANNA)).to_string(), id);
    let anna = app.signed_in(ANNA).await;
    anna.decides(&[&id], "approve").await;

    let known = vec![("ESECURED_KEY", app.api_key.clone()), ("ID", id)];
    let said = shell(boxed(&page, "start-wait"), known, "").await;
    assert!(said.contains(r#""status":"approved""#), "{said}");
}

#[tokio::test]
async fn whoever_copies_what_stands_there_tells_our_webhooks_from_others() {
    let app = TestApp::start(Database::Sqlite).await;
    let page = app.browser().open("/docs").await.body;
    let receiver = Receiver::start().await;
    let url = json!({ "url": receiver.url() });
    let added = app.post("/v1/webhook-endpoints", &url).await;
    let added: Value = added.json().await.unwrap();
    app.joris_asks().await;
    app.places_events().await;
    assert_eq!(messenger::deliver_due(&app.app, "test").await.unwrap(), 1);
    let told = receiver.told();
    let verdict = async |body: &str| {
        let header = |name: &str| told[0].header(name).to_owned();
        let known = vec![
            (
                "WEBHOOK_SECRET",
                added["secret"].as_str().unwrap().to_owned(),
            ),
            ("WEBHOOK_ID", header("webhook-id")),
            ("WEBHOOK_TIMESTAMP", header("webhook-timestamp")),
            ("WEBHOOK_SIGNATURE", header("webhook-signature")),
        ];
        shell(boxed(&page, "start-verify"), known, body).await
    };
    assert_eq!(verdict(&told[0].body).await, "verified\n");
    let forged = told[0].body.replace("pending", "approved");
    assert_eq!(verdict(&forged).await, "refused\n");
}
