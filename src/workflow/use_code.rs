//! Using up a code of the second factor, in whatever it is asked for: each works once, and whoever
//! guesses has to wait ([`code_brake`]) and is told of.

use std::time::Duration;

use sqlx::AnyConnection;

use super::{sealed_totp::unseal, second_factor, sign_in_changed};
use crate::{
    app::App,
    domain::{
        code_brake,
        event::{Actor, AuditEvent},
        people::AdministratorId,
        recovery_code::RecoveryCode,
        timestamp::Timestamp,
    },
    store::{StoreError, recovery_codes, totps},
};

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
    if !second_factor::is_on(conn, administrator).await?
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
