//! schemathesis makes up calls from the description, follows its links, and looks whether the answers
//! are as described.

use std::process::{Command, Stdio};

use super::{description_of, peer};
use crate::support::{Database, TestApp};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_no_answer_that_is_not_described() {
    let app = TestApp::start_with(Database::Sqlite, |config| config.api.rate_limit = None).await;
    app.joris_asks().await;
    let (dir, file) = description_of(&app).await;
    let mut schemathesis = Command::new(peer("venv/bin/schemathesis"));
    schemathesis
        .arg("--config-file")
        .arg(peer("schemathesis.toml"))
        .arg("run")
        .arg(&file)
        .args(["--url", &app.base, "--phases", "examples,coverage,stateful"])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", app.api_key),
        ])
        .env("NO_COLOR", "1")
        .current_dir(dir.path())
        .stdin(Stdio::null());
    let run = tokio::task::spawn_blocking(move || schemathesis.output());
    let output = run.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    // The seed stands in it: with it the same calls are made again.
    println!("{said}");
    assert!(output.status.success(), "{said}");
    assert!(said.contains("Stateful"), "{said}");
}
