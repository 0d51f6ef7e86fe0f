//! Signing in to the portal: a password becomes a session, or the first of two steps to one.

use secrecy::{ExposeSecret, SecretString};
use tracing::{info, warn};

use super::{
    ceremony::CeremonySecret,
    second_factor, second_step,
    session::{self, SessionSecret},
};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        factor::Factor,
        people::{Administrator, AdministratorId},
    },
    passwords::strength,
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

/// What the right password led to.
pub enum Entered {
    /// A session.
    Session(SessionSecret),
    /// The question for a code: [`second_step`] goes on from here.
    FirstStep(CeremonySecret),
    /// Nothing: it is too short now that no second factor is asked for with it.
    TooShortAlone,
}

/// Begins a session for whoever has this address and password, on the device that describes itself
/// so; or, where a second factor is asked for, the step to it, which goes on to `next`.
pub async fn sign_in(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
    device: Option<&str>,
    next: &str,
) -> Result<Entered, SignInError> {
    let is_enough_alone = strength::is_enough_alone(password.expose_secret());
    let (administrator, hash) = check_password(app, email, password).await?;
    let entered = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // The password may have been changed while it was checked.
        if people::password_now(&mut tx, administrator).await?.as_ref() != Some(&hash) {
            return Err(SignInError::Wrong);
        }
        let entered = if second_factor::is_on(&mut tx, administrator).await? {
            Entered::FirstStep(second_step::begin(&mut tx, administrator, next, now).await?)
        } else if !is_enough_alone {
            return Ok(Entered::TooShortAlone);
        } else {
            let factor = Factor::Password;
            let secret = session::begin(&mut tx, administrator, factor, device, now).await?;
            Entered::Session(secret)
        };
        tx.commit().await?;
        Ok(entered)
    })
    .await?;
    match &entered {
        Entered::Session(_) => {
            app.metrics.login("succeeded");
            info!(event = "login.succeeded", administrator = %email, "{email} signed in");
        }
        Entered::FirstStep(_) => {
            app.metrics.login("code_asked");
            info!(event = "login.code_asked", administrator = %email, "{email} gave the password and is asked for a code");
        }
        Entered::TooShortAlone => {
            app.metrics.login("failed");
            warn!(event = "login.failed", administrator = %email, "{email} gave a password that is too short to stand alone");
        }
    }
    Ok(entered)
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
            app.metrics.login("failed");
            warn!(event = "login.failed", administrator = %email, "A sign-in as {email} failed");
            Err(SignInError::Wrong)
        }
    }
}
