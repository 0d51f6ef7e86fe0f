//! The description is one, say those who know what a description is.

use std::{path::Path, process::Command};

use super::{description_of, peer};
use crate::support::{Database, TestApp, process::run};

#[tokio::test]
async fn openapi_spec_validator_finds_nothing() {
    let app = TestApp::start(Database::Sqlite).await;
    let (_dir, file) = description_of(&app).await;
    let mut validator = Command::new(peer("venv/bin/openapi-spec-validator"));
    run(validator.arg(&file));
}

fn linted(file: &Path) -> String {
    let mut linter = Command::new("node");
    let said = run(linter.arg(peer("lint_description.mjs")).arg(file));
    String::from_utf8(said).unwrap()
}

#[tokio::test]
async fn redocly_finds_nothing() {
    let app = TestApp::start(Database::Sqlite).await;
    let (_dir, file) = description_of(&app).await;
    assert_eq!(linted(&file), "");
    // It would say something.
    let served = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, served.replace("\"summary\"", "\"sumary\"")).unwrap();
    assert!(linted(&file).contains("error"));
}
