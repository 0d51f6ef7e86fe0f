//! Proving again who it is: what matters most is only done shortly after.

use std::time::Duration;

use secrecy::SecretString;
use sqlx::AnyConnection;
use tracing::info;

use super::{
    session,
    sign_in::{self, SignInError},
    use_code::{self, RefusedCode, UsedCode},
};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        factor::Factor,
        people::SignedIn,
        timestamp::Timestamp,
    },
    store::{StoreError, audit, may_retry, people, retrying, sessions},
};

/// Why nothing was confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// It is not the password, or not the code.
    #[error("the password or the code is wrong")]
    Wrong,
    /// Too many codes were wrong in a row: how long the next one has to wait.
    #[error("codes have to wait")]
    Wait(Duration),
    /// Whoever was signed in is not any more.
    #[error("the session has ended")]
    SessionEnded,
    /// Hashing failed.
    #[error(transparent)]
    Hashing(#[from] anyhow::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ConfirmError);

impl From<SignInError> for ConfirmError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Wrong => Self::Wrong,
            SignInError::Hashing(error) => Self::Hashing(error),
            SignInError::Store(error) => Self::Store(error),
        }
    }
}

/// Makes a session fresh again by the password of whoever it is of. The session stays the same one,
/// so that forms in other tabs go on working.
pub async fn by_password(
    app: &App,
    by: &SignedIn,
    email: &EmailAddress,
    password: SecretString,
) -> Result<(), ConfirmError> {
    let (administrator, hash) = sign_in::check_password(app, email, password).await?;
    if administrator != by.administrator() {
        return Err(ConfirmError::Wrong);
    }
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // The password may have been changed while it was checked.
        if people::password_now(&mut tx, administrator).await?.as_ref() != Some(&hash) {
            return Err(ConfirmError::Wrong);
        }
        refresh(app, &mut tx, by, Factor::Password, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(event = "login.confirmed", administrator = %email, "{email} confirmed who it is");
    Ok(())
}

/// The same by a code of the second factor, which whoever has one is asked for instead.
pub async fn by_code(app: &App, by: &SignedIn, code: &str) -> Result<(), ConfirmError> {
    let administrator = by.administrator();
    let confirmed = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let used = use_code::use_code(app, &mut tx, administrator, code, now).await?;
        let factor = match used {
            Ok(UsedCode::Totp) => Some(Factor::Totp),
            Ok(UsedCode::Recovery) => Some(Factor::RecoveryCode),
            Err(RefusedCode::Wrong) => None, // The try is counted all the same.
            Err(RefusedCode::Wait(wait)) => return Err(ConfirmError::Wait(wait)),
        };
        if let Some(factor) = factor {
            refresh(app, &mut tx, by, factor, now).await?;
        }
        tx.commit().await?;
        Ok(factor.is_some())
    })
    .await?;
    if !confirmed {
        return Err(ConfirmError::Wrong);
    }
    info!(
        event = "login.confirmed",
        administrator.id = %administrator,
        "Administrator {administrator} confirmed with a code who it is"
    );
    Ok(())
}

async fn refresh(
    app: &App,
    conn: &mut AnyConnection,
    by: &SignedIn,
    factor: Factor,
    now: Timestamp,
) -> Result<(), ConfirmError> {
    let lives = session::hold(app, conn, by, now).await?.is_some();
    if !lives || !sessions::refresh(conn, by.session(), now).await? {
        return Err(ConfirmError::SessionEnded);
    }
    let actor = Actor::Administrator(by.administrator());
    let event =
        AuditEvent::of_system("session.confirmed", actor, now).shown_by("factor", factor.as_str());
    audit::append(conn, &event).await?;
    Ok(())
}
