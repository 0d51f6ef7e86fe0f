//! Signing in to the portal: a password becomes a session.

use secrecy::SecretString;
use tracing::{info, warn};

use super::session::{self, SessionSecret};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        factor::Factor,
        people::{Administrator, AdministratorId},
    },
    store::{StoreError, may_retry, people, retrying},
};

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Address and password do not fit; which of them, nobody learns.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(SignInError);

/// Begins a session for whoever has this address and password, on the device that describes itself so.
pub async fn sign_in(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
    device: Option<&str>,
) -> Result<SessionSecret, SignInError> {
    let (administrator, hash) = check_password(app, email, password).await?;
    let secret = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // The password may have been changed while it was checked.
        if people::password_now(&mut tx, administrator).await?.as_ref() != Some(&hash) {
            return Err(SignInError::Wrong);
        }
        let secret = session::begin(&mut tx, administrator, Factor::Password, device, now).await?;
        tx.commit().await?;
        Ok(secret)
    })
    .await?;
    info!(event = "login.succeeded", administrator = %email, "{email} signed in");
    Ok(secret)
}

/// Who has this address and password, and the hash that was right: whoever acts by it looks again in
/// its transaction whether that is still the one.
pub(super) async fn check_password(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
) -> Result<(AdministratorId, String), SignInError> {
    let mut conn = app.store.read().await?;
    let known = people::by_email(&mut conn, email).await?;
    drop(conn);
    let (administrator, hash) = match known {
        Some((Administrator { id, .. }, hash)) => (Some(id), hash),
        None => (None, None),
    };
    // Whoever is unknown, or has no password, takes as long as everybody else.
    let fits = app.passwords.check(password, hash.clone()).await?;
    match (administrator, hash) {
        (Some(administrator), Some(hash)) if fits => Ok((administrator, hash)),
        _ => {
            warn!(event = "login.failed", administrator = %email, "A sign-in as {email} failed");
            Err(SignInError::Wrong)
        }
    }
}
