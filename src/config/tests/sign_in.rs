//! Passkeys and identity providers.

use super::*;

const COMPANY: &str = r#"
[portal.oidc.company]
issuer = "https://login.example.com/tenant"
client_id = "esecured"
client_secret = "s3cret"
"#;

#[test]
fn a_provider_is_known_by_its_name_and_called_by_its_label() {
    let loaded = least_with(COMPANY).load();
    let [provider] = loaded.config.portal.identity_providers.as_slice() else {
        panic!("{:?}", loaded.config.portal.identity_providers);
    };
    assert_eq!(provider.name, "company");
    // Letter by letter: no slash is added.
    assert_eq!(provider.issuer, "https://login.example.com/tenant");
    assert_eq!(provider.client_secret.expose_secret(), "s3cret");
    assert_eq!(provider.label, "company");
    let shown = loaded.show(false, false);
    assert!(shown.contains("portal.oidc.company.client_secret = \"***\""));
    assert!(!shown.contains("s3cret"), "{shown}");

    let labelled = least_with(COMPANY).set("portal.oidc.company.label=Tulpen BV");
    let provider = &labelled.load().config.portal.identity_providers[0];
    assert_eq!(provider.label, "Tulpen BV");
    assert!(
        least_with("")
            .load()
            .config
            .portal
            .identity_providers
            .is_empty()
    );
}

#[test]
fn a_provider_that_is_not_whole_is_a_fault_for_each_missing_part() {
    let faults = least_with("")
        .set("portal.oidc.company.issuer=https://login.example.com")
        .faults();
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert!(
        faults[0].contains("portal.oidc.company.client_id is missing"),
        "{faults:#?}"
    );
    assert!(
        faults[1].contains("portal.oidc.company.client_secret is missing"),
        "{faults:#?}"
    );
}

#[test]
fn an_issuer_is_an_https_address_without_anything_behind_its_path() {
    for (issuer, expected) in [
        ("http://login.example.com", "expected https://, because"),
        (
            "https://login.example.com?a=b",
            "expected scheme, host and path alone",
        ),
        (
            "https://a@login.example.com",
            "expected scheme, host and path alone",
        ),
        ("login.example.com", "expected a web address"),
    ] {
        let set = format!("portal.oidc.company.issuer={issuer}");
        let fault = least_with(COMPANY).set(&set).only_fault();
        assert!(fault.contains(expected), "{fault}");
    }
    let here = "portal.oidc.company.issuer=http://127.0.0.1:9000";
    least_with(COMPANY).set(here).load();
}

#[test]
fn a_name_that_stands_in_no_address_is_refused() {
    let text = COMPANY.replace("company", "\"My Company\"");
    let fault = least_with(&text).only_fault();
    assert!(
        fault.contains("expected at most 32 small letters"),
        "{fault}"
    );
}

#[test]
fn passkeys_are_offered_where_the_host_has_a_name() {
    let has = |files: Files| files.load().config.portal.passkeys;
    assert!(has(least_with("")));
    assert!(!has(least_with("").set("portal.passkeys=false")));
    let here = || least_with("").set("server.public_url=http://127.0.0.1:8080");
    assert!(!has(here()));
    assert_eq!(here().load().warnings, Vec::<String>::new());
    let asked = here().set("portal.passkeys=true").load();
    assert!(!asked.config.portal.passkeys);
    assert!(asked.warnings[0].contains("no passkey is made for an IP address"));
}
