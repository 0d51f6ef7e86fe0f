//! The second factor: one-time codes of a device, and recovery codes for when it is lost.
//!
//! A secret is in use once a first code has shown that the device has it ([`super::sealed_totp`] keeps
//! it). From then on every sign-in by password asks for a code: [`super::second_step`], which uses it
//! up by [`super::use_code`].

use secrecy::SecretString;
use sqlx::AnyConnection;
use tracing::info;

use super::{
    new_password,
    sealed_totp::{seal, unseal},
    session, sign_in_changed,
};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        factor::Factor,
        people::{Administrator, AdministratorId, SignedIn},
        recovery_code::{CODES, RecoveryCode},
        timestamp::Timestamp,
        totp_secret::TotpSecret,
    },
    passwords::strength::WeakPassword,
    store::{StoreError, may_retry, people, recovery_codes, retrying, sessions, totps},
};

/// Why the second factor stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// One-time codes are not offered here.
    #[error("one-time codes are not offered")]
    NotOffered,
    /// A device is in use already, or none is.
    #[error("there is nothing of the kind to do")]
    NothingToDo,
    /// The code is not, or no longer, the right one; or it is not the password.
    #[error("the code or the password is wrong")]
    Wrong,
    /// Without the second factor the password would be too short.
    #[error("the password is too short to stand alone")]
    ShortPassword,
    /// Whoever was signed in is not any more, or proved too long ago who they are.
    #[error("the session has ended or is not fresh")]
    SessionEnded,
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(SecondFactorError);

/// Whether an administrator is asked for a code.
pub async fn is_on(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<bool, StoreError> {
    let found = totps::find(conn, administrator).await?;
    Ok(found.is_some_and(|totp| totp.confirmed_at.is_some()))
}

/// Begins adding a device: a new secret waits for its first code.
pub async fn begin(app: &App, by: &SignedIn) -> Result<(), SecondFactorError> {
    if !app.config.portal.totp {
        return Err(SecondFactorError::NotOffered);
    }
    let secret = TotpSecret::from_bytes(crate::random::bytes());
    let sealed = seal(app, by.administrator(), &secret);
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        hold_fresh(app, &mut tx, by, now).await?;
        if !totps::begin(&mut tx, by.administrator(), &sealed, now).await? {
            return Err(SecondFactorError::NothingToDo);
        }
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// The secret that waits for its first code, to be shown to its owner.
pub async fn waiting(app: &App, by: &SignedIn) -> Result<Option<TotpSecret>, StoreError> {
    let mut conn = app.store.read().await?;
    let found = totps::find(&mut conn, by.administrator()).await?;
    let waiting = found.filter(|totp| totp.confirmed_at.is_none());
    Ok(waiting.and_then(|totp| unseal(app, &totp)))
}

/// Puts the device to use by its first code.
///
/// # Returns
/// The recovery codes, which nobody can show again.
pub async fn confirm(
    app: &App,
    by: &SignedIn,
    code: &str,
) -> Result<Vec<RecoveryCode>, SecondFactorError> {
    let codes = fresh_codes();
    let administrator = by.administrator();
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        hold_fresh(app, &mut tx, by, now).await?;
        let totp = totps::find(&mut tx, administrator)
            .await?
            .filter(|totp| totp.confirmed_at.is_none())
            .ok_or(SecondFactorError::NothingToDo)?;
        let step = unseal(app, &totp).and_then(|secret| secret.step_of(code, now));
        let Some(step) = step else {
            return Err(SecondFactorError::Wrong);
        };
        if !totps::confirm(&mut tx, administrator, &totp.secret, step, now).await? {
            return Err(SecondFactorError::Wrong);
        }
        recovery_codes::replace(&mut tx, administrator, &hashes(&codes, administrator)).await?;
        // Whoever is in with the password alone may be why the codes were switched on.
        sessions::end_others(&mut tx, administrator, by.session()).await?;
        sign_in_changed::record(app, &mut tx, administrator, &event("factor.added", by, now))
            .await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "factor.added",
        administrator.id = %administrator,
        "Administrator {administrator} is asked for a one-time code from now on"
    );
    Ok(codes)
}

/// Takes device and recovery codes away. It takes the password, which has to be long enough to stand
/// alone.
pub async fn remove(
    app: &App,
    by: &SignedIn,
    of: &Administrator,
    password: SecretString,
) -> Result<(), SecondFactorError> {
    use secrecy::ExposeSecret;

    let mut conn = app.store.read().await?;
    let hash = people::by_email(&mut conn, &of.email)
        .await?
        .and_then(|(_, hash)| hash);
    let rules = new_password::rules_without_second_factor(app, &mut conn, &of.email, &[]).await?;
    drop(conn);
    let stands_alone = match rules.check(password.expose_secret()) {
        Err(WeakPassword::Short { .. }) => false,
        Ok(()) | Err(WeakPassword::Long | WeakPassword::Guessable) => true,
    };
    // Whoever signs in elsewhere has no password, and needs none.
    if hash.is_some() && !app.passwords.check(password, hash.clone()).await? {
        return Err(SecondFactorError::Wrong);
    }
    if hash.is_some() && !stands_alone {
        return Err(SecondFactorError::ShortPassword);
    }
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // It may have been changed while it was checked.
        if people::password_now(&mut tx, of.id).await? != hash {
            return Err(SecondFactorError::Wrong);
        }
        hold_fresh(app, &mut tx, by, now).await?;
        if !totps::remove(&mut tx, of.id).await? {
            return Err(SecondFactorError::NothingToDo);
        }
        recovery_codes::remove_all_of(&mut tx, of.id).await?;
        sign_in_changed::record(app, &mut tx, of.id, &event("factor.removed", by, now)).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "factor.removed",
        administrator.id = %of.id,
        "Administrator {} is no longer asked for a one-time code", of.id
    );
    Ok(())
}

/// New recovery codes in place of the old ones.
///
/// # Returns
/// The codes, which nobody can show again.
pub async fn renew_recovery_codes(
    app: &App,
    by: &SignedIn,
) -> Result<Vec<RecoveryCode>, SecondFactorError> {
    let codes = fresh_codes();
    let administrator = by.administrator();
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        hold_fresh(app, &mut tx, by, now).await?;
        if !is_on(&mut tx, administrator).await? {
            return Err(SecondFactorError::NothingToDo);
        }
        recovery_codes::replace(&mut tx, administrator, &hashes(&codes, administrator)).await?;
        let renewed = event("recovery_codes.renewed", by, now);
        sign_in_changed::record(app, &mut tx, administrator, &renewed).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    Ok(codes)
}

async fn hold_fresh(
    app: &App,
    conn: &mut AnyConnection,
    by: &SignedIn,
    now: Timestamp,
) -> Result<(), SecondFactorError> {
    let session = session::hold(app, conn, by, now).await?;
    let is_fresh = session.is_some_and(|session| session::is_fresh(session.fresh_at, now));
    if is_fresh {
        Ok(())
    } else {
        Err(SecondFactorError::SessionEnded)
    }
}

fn fresh_codes() -> Vec<RecoveryCode> {
    (0..CODES)
        .map(|_| RecoveryCode::from_bytes(crate::random::bytes()))
        .collect()
}

fn hashes(codes: &[RecoveryCode], of: AdministratorId) -> Vec<String> {
    codes.iter().map(|code| code.hash(of)).collect()
}

fn event(name: &'static str, by: &SignedIn, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(by.administrator());
    AuditEvent::of_system(name, actor, now).shown_by("factor", Factor::Totp.as_str())
}
