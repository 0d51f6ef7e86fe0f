//! The second factor: one-time codes of a device, and recovery codes for when it is lost.
//!
//! A secret is in use once a first code has shown that the device has it. From then on every
//! sign-in by password asks for a code: [`super::second_step`].

use std::time::Duration;

use secrecy::SecretString;
use sqlx::AnyConnection;
use tracing::{error, info};

use super::{new_password, session, sign_in_changed};
use crate::{
    app::App,
    domain::{
        code_brake,
        event::{Actor, AuditEvent},
        factor::Factor,
        people::{Administrator, AdministratorId, SignedIn},
        recovery_code::{CODES, RecoveryCode},
        timestamp::Timestamp,
        totp_secret::{SECRET_BYTES, TotpSecret},
    },
    passwords::strength::WeakPassword,
    store::{
        StoreError, may_retry, people, recovery_codes, retrying, sessions,
        totps::{self, Totp},
    },
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

/// Which kind of code it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UsedCode {
    /// Of the device.
    Totp,
    /// A recovery code.
    Recovery,
}

/// Why a code was not used. Only where it is [`Wrong`](Self::Wrong) the transaction is to be
/// committed, so that the try stays counted.
pub(super) enum RefusedCode {
    /// It is neither of the two, or was used before.
    Wrong,
    /// Too many were wrong in a row; recovery codes need not wait.
    Wait(Duration),
}

/// Uses up a code of either kind, in a transaction that acts by it.
pub(super) async fn use_code(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    typed: &str,
    now: Timestamp,
) -> Result<Result<UsedCode, RefusedCode>, StoreError> {
    match RecoveryCode::parse(typed) {
        Some(code) => use_recovery_code(app, conn, administrator, &code, now).await,
        None => use_one_time_code(app, conn, administrator, typed, now).await,
    }
}

async fn use_one_time_code(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    typed: &str,
    now: Timestamp,
) -> Result<Result<UsedCode, RefusedCode>, StoreError> {
    let wrong = totps::count_try(conn, administrator, now).await?;
    let totp = totps::find(conn, administrator).await?;
    let Some(totp) = totp.filter(|totp| totp.confirmed_at.is_some()) else {
        return Ok(Err(RefusedCode::Wrong));
    };
    let Some(wrong) = wrong else {
        return Ok(Err(RefusedCode::Wait(totp.waits_until.since(now))));
    };
    let step = unseal(app, &totp).and_then(|secret| secret.step_of(typed, now));
    if let Some(step) = step
        && totps::use_step(conn, administrator, step).await?
    {
        let before = wrong - 1;
        if code_brake::tells_afterwards(before) {
            tell_of_wrong_codes(app, conn, administrator, before, now).await?;
        }
        return Ok(Ok(UsedCode::Totp));
    }
    let until = now.plus(code_brake::wait_after(wrong));
    totps::wait_until(conn, administrator, until).await?;
    if code_brake::tells_the_owner(wrong) {
        tell_of_wrong_codes(app, conn, administrator, wrong, now).await?;
    }
    Ok(Err(RefusedCode::Wrong))
}

/// Nobody knows who types them: certainly somebody with the password or an open browser.
async fn tell_of_wrong_codes(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    in_a_row: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let event = AuditEvent::of_system("one_time_codes.wrong", Actor::Daemon, now)
        .shown_by("administrator", administrator.to_string())
        .shown_by("in_a_row", in_a_row);
    sign_in_changed::record(app, conn, administrator, &event).await
}

async fn use_recovery_code(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    code: &RecoveryCode,
    now: Timestamp,
) -> Result<Result<UsedCode, RefusedCode>, StoreError> {
    let hash = code.hash(administrator);
    if !is_on(conn, administrator).await?
        || !recovery_codes::use_up(conn, administrator, &hash, now).await?
    {
        return Ok(Err(RefusedCode::Wrong));
    }
    let left = recovery_codes::left(conn, administrator).await?;
    let actor = Actor::Administrator(administrator);
    let event = AuditEvent::of_system("recovery_code.used", actor, now).shown_by("left", left);
    sign_in_changed::record(app, conn, administrator, &event).await?;
    Ok(Ok(UsedCode::Recovery))
}

/// Seals the secrets anew that a former key has sealed, so that none is lost when that key is dropped.
pub async fn reseal(app: &App) -> Result<(), StoreError> {
    const AT_ONCE: i64 = 500;
    let ring = app.keys.current();
    let key_id = ring.signing_key().to_string();
    let mut conn = app.store.read().await?;
    let old = totps::sealed_otherwise(&mut conn, &key_id, AT_ONCE).await?;
    drop(conn);
    for totp in old {
        let Some(secret) = unseal(app, &totp) else {
            continue; // Said already. Recovery codes and the operator help.
        };
        let anew = seal(app, totp.administrator, &secret);
        retrying(|| async {
            let mut tx = app.store.begin().await?;
            totps::reseal(&mut tx, totp.administrator, &totp.secret, &anew).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(())
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

fn seal(app: &App, administrator: AdministratorId, secret: &TotpSecret) -> String {
    let ring = app.keys.current();
    ring.seal(&[b"totp", administrator.0.as_bytes()], secret.as_bytes())
}

fn unseal(app: &App, totp: &Totp) -> Option<TotpSecret> {
    let ring = app.keys.current();
    let opened = ring.unseal(&[b"totp", totp.administrator.0.as_bytes()], &totp.secret);
    let bytes: Option<[u8; SECRET_BYTES]> = match opened {
        Ok(bytes) => bytes.try_into().ok(),
        Err(reason) => {
            error!(
                event = "factor.unreadable",
                administrator.id = %totp.administrator,
                "The one-time-code secret of administrator {} cannot be read: {reason}. They get in \
                 with a recovery code, or after `esecured admin reset-factors`", totp.administrator
            );
            None
        }
    };
    bytes.map(TotpSecret::from_bytes)
}
