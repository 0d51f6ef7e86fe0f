//! Proving again who it is: what matters most is only done shortly after.

use secrecy::SecretString;
use tracing::info;

use super::{
    session,
    sign_in::{self, SignInError},
};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        factor::Factor,
        people::SignedIn,
    },
    store::{StoreError, audit, may_retry, people, retrying, sessions},
};

/// Why nothing was confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmError {
    /// It is not the password.
    #[error("the password is wrong")]
    Wrong,
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
        if session::hold(app, &mut tx, by, now).await?.is_none() {
            return Err(ConfirmError::SessionEnded);
        }
        if !sessions::refresh(&mut tx, by.session(), now).await? {
            return Err(ConfirmError::SessionEnded);
        }
        let actor = Actor::Administrator(administrator);
        let event = AuditEvent::of_system("session.confirmed", actor, now)
            .shown_by("factor", Factor::Password.as_str());
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(event = "login.confirmed", administrator = %email, "{email} confirmed who it is");
    Ok(())
}
