//! The operator takes every factor but the password away from an administrator who lost them.

use super::sign_in_changed;
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
    },
    store::{
        StoreError, ceremonies, identities, may_retry, passkeys, people, recovery_codes, retrying,
        sessions, totps,
    },
};

/// Why nothing was reset.
#[derive(Debug, thiserror::Error)]
pub enum ResetFactorsError {
    /// No such administrator.
    #[error("nobody with this address is an administrator: add it with `esecured admin add`")]
    UnknownAdministrator,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ResetFactorsError);

/// Takes one-time codes, recovery codes, passkeys and identities of an administrator away; its
/// sessions end.
///
/// # Returns
/// Whether a password is left to sign in with.
pub async fn reset_factors(app: &App, email: &EmailAddress) -> Result<bool, ResetFactorsError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let (administrator, _) = people::by_email(&mut tx, email)
            .await?
            .ok_or(ResetFactorsError::UnknownAdministrator)?;
        let id = administrator.id;
        // Whoever signs in right now waits here, and is out with the rest.
        let password = people::password_now(&mut tx, id).await?;
        ceremonies::end_all_of(&mut tx, id).await?;
        totps::remove(&mut tx, id).await?;
        recovery_codes::remove_all_of(&mut tx, id).await?;
        passkeys::remove_all_of(&mut tx, id).await?;
        identities::unlink_all_of(&mut tx, id).await?;
        sessions::end_all_of(&mut tx, id).await?;
        let event = AuditEvent::of_system("administrator.factors_reset", Actor::Operator, now)
            .about(None, administrator.person);
        sign_in_changed::record(app, &mut tx, id, &event).await?;
        tx.commit().await?;
        Ok(password.is_some())
    })
    .await
}
