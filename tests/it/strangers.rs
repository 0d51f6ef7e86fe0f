//! Programs of strangers that know nothing of the API but its description.

mod documented_walk;
mod generated_clients;
mod schemathesis;
mod validators;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::TestApp;

fn peer(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers")
        .join(path)
}

/// The description as it is served, in a file of its own directory.
async fn description_of(app: &TestApp) -> (TempDir, PathBuf) {
    let served = app.http.get(format!("{}/v1/openapi.json", app.base));
    let served = served.send().await.unwrap().bytes().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("openapi.json");
    std::fs::write(&file, served).unwrap();
    (dir, file)
}
