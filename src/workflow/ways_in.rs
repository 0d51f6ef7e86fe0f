//! Whether somebody can still sign in: whoever takes one way in away must leave another.

use sqlx::AnyConnection;

use crate::{
    app::App,
    domain::people::AdministratorId,
    store::{StoreError, identities, passkeys, people},
};

/// Whether an administrator has a way in that works with the configuration as it is. To be asked in
/// the transaction that has just taken one away: of two at the same time the second waits here, and
/// sees what the first has left.
pub async fn any_left(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    if people::password_now(conn, administrator).await?.is_some() {
        return Ok(true);
    }
    let portal = &app.config.portal;
    if portal.passkeys {
        let passkeys = passkeys::of_administrator(conn, administrator).await?;
        if !passkeys.is_empty() {
            return Ok(true);
        }
    }
    let identities = identities::of_administrator(conn, administrator).await?;
    Ok(identities.iter().any(|identity| {
        let providers = &portal.identity_providers;
        providers
            .iter()
            .any(|provider| provider.issuer == identity.issuer)
    }))
}
