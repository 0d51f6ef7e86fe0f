//! Where a value may come from, and which one holds.

use std::fs;
use std::path::PathBuf;

use super::*;

#[test]
fn the_last_layer_wins() {
    let mut files = least_with("[portal]\nproduct_name = \"file\"\n");
    let name_of = |files: &Files| {
        let loaded = files.load();
        (
            loaded.config.portal.product_name,
            loaded.origins["portal.product_name"].clone(),
        )
    };
    let (name, origin) = name_of(&files);
    assert_eq!(name, "file");
    assert!(matches!(origin, Origin::File { line: 9, .. }), "{origin:?}");

    let secret = files.write("secret", "variable file\n");
    // The file variable comes first here: their order does not matter.
    files = files.env("ESECURED_PORTAL__PRODUCT_NAME", "variable");
    assert_eq!(name_of(&files).0, "variable");
    files = files.env(
        "ESECURED_PORTAL__PRODUCT_NAME_FILE",
        &secret.display().to_string(),
    );
    assert_eq!(name_of(&files).0, "variable file");

    let credentials = files.home.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(credentials.join("portal.product_name"), "credential").unwrap();
    fs::write(credentials.join("somebody-elses"), "…").unwrap();
    files.sources.credentials_dir = Some(credentials);
    let (name, origin) = name_of(&files);
    assert_eq!(name, "credential");
    assert!(matches!(origin, Origin::Credential { .. }), "{origin:?}");

    files = files.set("portal.product_name=set");
    let (name, origin) = name_of(&files);
    assert_eq!(name, "set");
    assert_eq!(origin.to_string(), "--set portal.product_name=set");
}

#[test]
fn a_named_file_must_exist_and_a_default_one_need_not() {
    let mut files = Files::with("");
    files.sources.file = Some(files.home.path().join("nowhere.toml"));
    assert_eq!(
        files.only_fault(),
        "nowhere.toml: cannot be read: there is no such file"
    );

    let second = files.write("second.toml", LEAST);
    files.sources.file = None;
    files.sources.default_files = vec![files.home.path().join("first.toml"), second.clone()];
    let origin = files.load().origins["mail.from"].clone();
    assert_eq!(
        origin,
        Origin::File {
            path: second,
            line: 5
        }
    );
}

#[test]
fn a_misspelt_variable_or_credential_is_a_fault_and_a_foreign_one_is_not() {
    assert_eq!(
        least_with("")
            .env("ESECURED_SERVER__LISTN", "x")
            .only_fault(),
        "ESECURED_SERVER__LISTN: server.listn is not a key of the configuration, did you mean server.listen?"
    );
    assert_eq!(
        least_with("")
            .env("ESECURED_PORT", "tcp://10.0.0.1:80")
            .env("HOME", "/root")
            .faults(),
        Vec::<String>::new()
    );
    let missing = least_with("")
        .env("ESECURED_SMTP__URL_FILE", "/nowhere/smtp")
        .only_fault();
    assert_eq!(
        missing,
        "ESECURED_SMTP__URL_FILE (/nowhere/smtp): smtp.url cannot be read: there is no such file"
    );
}

#[test]
fn a_key_whose_name_ends_in_file_can_be_set_by_its_variable() {
    let loaded = least_with("").env("ESECURED_KEYS__FILE", "/keys").load();
    assert_eq!(loaded.config.keys.file, PathBuf::from("/keys"));
}
