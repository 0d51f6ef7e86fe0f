//! What we send is verified by the libraries of Standard Webhooks that integrators use.

use std::{
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use super::{added, posts, tells};
use crate::support::{Database, TestApp, receiver::Receiver, test_app::BEGINNING};

fn peers() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers"))
}

/// What a program of the peers says about a call: `verified`, or why not.
fn verdict(program: &Path, script: &str, call: &Value) -> String {
    let mut child = Command::new(program)
        .arg(peers().join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(call.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn is_verified_by(program: &Path, script: &str) {
    let app = TestApp::start(Database::Sqlite).await;
    // These libraries look at the machine's clock.
    let now = esecured::clock::Clock::System.now();
    app.pass(now.since(BEGINNING));
    let receiver = Receiver::start().await;
    let endpoint = added(&app, &receiver).await;
    app.asks("jörg@bücher.example", crate::support::TULIPS)
        .await;
    tells(&app).await;
    let rotate = endpoint.path("/rotate-secret");
    let (_, rotated) = posts(&app, &rotate, &json!({})).await;
    app.joris_asks().await;
    tells(&app).await;

    let told = receiver.told();
    assert_eq!(told.len(), 2);
    let call = |at: usize, secret: &Value| {
        let header = |name: &str| told[at].header(name).to_owned();
        json!({
            "secret": secret,
            "body": told[at].body,
            "headers": {
                "webhook-id": header("webhook-id"),
                "webhook-timestamp": header("webhook-timestamp"),
                "webhook-signature": header("webhook-signature"),
            },
        })
    };
    let (old, new) = (json!(endpoint.secret), &rotated["secret"]);
    for good in [call(0, &old), call(1, &old), call(1, new)] {
        assert_eq!(verdict(program, script, &good), "verified", "{good}");
    }
    let mut changed_body = call(1, new);
    changed_body["body"] = json!(told[1].body.replace("pending", "approved"));
    let mut changed_id = call(1, new);
    changed_id["headers"]["webhook-id"] = json!(told[0].header("webhook-id"));
    let mut old_call = call(1, new);
    let long_ago = now
        .minus(Duration::from_secs(3600))
        .as_seconds()
        .to_string();
    old_call["headers"]["webhook-timestamp"] = json!(long_ago);
    for bad in [call(0, new), changed_body, changed_id, old_call] {
        let said = verdict(program, script, &bad);
        assert!(said.starts_with("refused: "), "{said}: {bad}");
    }
}

#[tokio::test]
async fn the_library_of_npm_verifies_what_we_send() {
    is_verified_by(Path::new("node"), "verify_webhook.mjs").await;
}

#[tokio::test]
async fn the_library_of_pypi_verifies_what_we_send() {
    is_verified_by(&peers().join("venv/bin/python"), "verify_webhook.py").await;
}
