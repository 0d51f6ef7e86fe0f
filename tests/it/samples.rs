//! The programs of `docs/samples`, as they stand there, against a running daemon with a test key.

use std::{
    io::Write,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use esecured::{
    worker::messenger,
    workflow::{client_keys, test_mode},
};
use serde_json::json;

use crate::support::{Database, TULIPS, TestApp, receiver::Receiver, test_app::BEGINNING};

/// How an address ends, and what a program prints of it.
const ENDS: [(&str, &str, &str); 3] = [
    (
        "slow-approve+1s@test.invalid",
        "approved: ship",
        "access_request.approved",
    ),
    (
        "reject@test.invalid",
        "rejected: do not ship",
        "access_request.rejected",
    ),
    (
        "expire@test.invalid",
        "expired: nobody answered, do not ship",
        "access_request.expired",
    ),
];

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A daemon with a test key.
async fn with_test_key() -> (TestApp, String) {
    let app = TestApp::start(Database::Sqlite).await;
    // The libraries look at the machine's clock.
    app.pass(esecured::clock::Clock::System.now().since(BEGINNING));
    let key = client_keys::add_test_client(&app.app, "erp", &[], None).await;
    (app, key.unwrap().expose().to_owned())
}

/// Runs a program to its end, while the workers of the daemon do what is theirs.
async fn runs(app: &TestApp, key: &str, mut program: Command) -> String {
    program
        .env("ESECURED_URL", &app.base)
        .env("ESECURED_KEY", key);
    let ended = tokio::task::spawn_blocking(move || program.output().unwrap());
    tokio::pin!(ended);
    let output = loop {
        tokio::select! {
            output = &mut ended => break output.unwrap(),
            // The clock of the daemon goes on while the program waits.
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                app.pass(Duration::from_millis(20));
                test_mode::close_due(&app.app, 10).await.unwrap();
                messenger::deliver_due(&app.app, "test").await.unwrap();
            }
        }
    };
    said(&output)
}

fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A program asks for each of the addresses; what it heard by webhook too stands before the rest.
async fn goes_through(program: impl Fn() -> Command, hears_webhooks: bool) {
    let (app, key) = with_test_key().await;
    let mut events = Vec::new();
    for (count, (address, outcome, kind)) in ENDS.into_iter().enumerate() {
        let mut command = program();
        command.args([TULIPS, address]);
        let printed = runs(&app, &key, command).await;
        let (mut verified, rest): (Vec<&str>, Vec<&str>) = printed
            .lines()
            .partition(|line| line.starts_with("verified: "));
        events.extend(["access_request.created", kind]);
        let expected = [
            outcome.to_owned(),
            format!("listed: {}", count + 1),
            format!("events: {}", events.join(" ")),
        ];
        assert_eq!(rest, expected, "{printed}");
        verified.sort_unstable();
        let mut told = vec![
            format!("verified: {kind}"),
            "verified: access_request.created".to_owned(),
        ];
        told.sort_unstable();
        match hears_webhooks {
            true => assert_eq!(verified, told, "{printed}"),
            false => assert!(verified.is_empty()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_gets_a_request_decided() {
    let program = || {
        let mut command = Command::new("bash");
        command.arg(at("docs/samples/curl.sh")).arg("ask");
        command
    };
    goes_through(program, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_gets_a_request_decided_and_is_told() {
    let program = || {
        let mut command = Command::new(at("tests/peers/venv/bin/python"));
        command.arg(at("docs/samples/python/integrator.py"));
        command
    };
    goes_through(program, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typescript_is_type_checked_gets_a_request_decided_and_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["integrator.ts", "package.json", "tsconfig.json"] {
        let from = at("docs/samples/typescript").join(file);
        std::fs::copy(from, dir.path().join(file)).unwrap();
    }
    symlink(
        at("tests/peers/node_modules"),
        dir.path().join("node_modules"),
    )
    .unwrap();
    let compiled = Command::new("node")
        .arg("node_modules/typescript/bin/tsc")
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(
        compiled.status.success(),
        "{}",
        String::from_utf8_lossy(&compiled.stdout)
    );
    let program = || {
        let mut command = Command::new("node");
        command.arg(dir.path().join("dist/integrator.js"));
        command
    };
    goes_through(program, true).await;
}

/// What the script says of a call.
fn verdict(secret: &str, headers: [&str; 3], body: &str) -> String {
    let mut child = Command::new("bash")
        .arg(at("docs/samples/curl.sh"))
        .arg("verify")
        .args(headers)
        .env("ESECURED_SECRET", secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(body.as_bytes());
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.success(),
        printed == "verified\n",
        "{printed}"
    );
    printed.trim().to_owned()
}

#[tokio::test]
async fn openssl_verifies_a_webhook() {
    let (app, _) = with_test_key().await;
    let receiver = Receiver::start().await;
    let added = app
        .post("/v1/webhook-endpoints", &json!({ "url": receiver.url() }))
        .await;
    let added: serde_json::Value = added.json().await.unwrap();
    let secret = added["secret"].as_str().unwrap();
    app.joris_asks().await;
    messenger::deliver_due(&app.app, "test").await.unwrap();
    let told = receiver.told().remove(0);
    let [id, timestamp, signature] = ["webhook-id", "webhook-timestamp", "webhook-signature"]
        .map(|name| told.header(name).to_owned());
    let headers = [id.as_str(), timestamp.as_str(), signature.as_str()];
    assert_eq!(verdict(secret, headers, &told.body), "verified");
    let two = format!("v1,x {signature}");
    assert_eq!(
        verdict(secret, [headers[0], headers[1], &two], &told.body),
        "verified"
    );
    let other = told.body.replace("pending", "approved");
    let no = "refused: no signature fits";
    assert_eq!(verdict(secret, headers, &other), no);
    assert_eq!(
        verdict(secret, ["other", headers[1], headers[2]], &told.body),
        no
    );
    let old = (timestamp.parse::<i64>().unwrap() - 900).to_string();
    assert_eq!(
        verdict(secret, [headers[0], &old, headers[2]], &told.body),
        "refused: too old"
    );
}
