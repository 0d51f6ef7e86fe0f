//! What replaces a password at the sign-in: passkeys, and the identity providers of the company.

use super::sections::IdentityProvider;
use super::settled::Settled;

/// The longest name of a provider.
const LONGEST_NAME: usize = 32;

/// Whether passkeys are offered: where they are not switched off and can be made at all. They are
/// bound to the name of a host (Web Authentication, section 5.1.2), so never to an IP address.
pub(super) fn passkeys(settled: &mut Settled) -> Option<bool> {
    let wanted = settled.flag("portal.passkeys")?;
    if wanted && settled.is_given("portal.passkeys") && !cfg!(feature = "passkeys") {
        settled.wrong(
            "portal.passkeys",
            "but this program was built without passkeys",
        );
    }
    let has_name = settled.url("server.public_url")?.domain().is_some();
    Some(wanted && has_name && cfg!(feature = "passkeys"))
}

/// The providers of `[portal.oidc.NAME]`, each whole, by their names.
pub(super) fn identity_providers(settled: &mut Settled) -> Option<Vec<IdentityProvider>> {
    let names = settled.names_below("portal.oidc");
    let providers: Vec<_> = names
        .into_iter()
        .map(|name| identity_provider(settled, name))
        .collect();
    providers.into_iter().collect()
}

fn identity_provider(settled: &mut Settled, name: String) -> Option<IdentityProvider> {
    let key = |key: &str| format!("portal.oidc.{name}.{key}");
    let (issuer, client_id, client_secret) =
        (key("issuer"), key("client_id"), key("client_secret"));
    for path in [&issuer, &client_id, &client_secret] {
        if !settled.is_given(path) {
            settled.missing(path, "");
        }
    }
    if !cfg!(feature = "oidc") {
        settled.wrong(&issuer, "but this program was built without OpenID Connect");
    }
    let is_name = (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
        });
    if !is_name {
        settled.wrong(
            &issuer,
            "of a provider whose name stands in web addresses: expected at most 32 small letters, \
             digits, - and _ between portal.oidc. and .issuer",
        );
    }
    Some(IdentityProvider {
        issuer: settled.text(&issuer)?,
        client_id: settled.text(&client_id)?,
        client_secret: settled.secret(&client_secret)?,
        label: settled.text(&key("label")).unwrap_or_else(|| name.clone()),
        name,
    })
}
