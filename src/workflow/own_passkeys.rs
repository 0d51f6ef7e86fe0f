//! The passkeys of whoever is signed in: keeping one that was made, and removing one.

use super::{passkey::PasskeyError, session, sign_in_changed, ways_in};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        factor::Factor,
        people::SignedIn,
        timestamp::Timestamp,
    },
    store::{
        passkeys::{self, Passkey},
        retrying,
    },
    webauthn::NewPasskey,
};

/// Adds one that a device has just made.
pub(super) async fn add(
    app: &App,
    by: &SignedIn,
    made: &NewPasskey,
    name: &str,
) -> Result<(), PasskeyError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let session = session::hold(app, &mut tx, by, now).await?;
        let session = session.ok_or(PasskeyError::SessionEnded)?;
        // Between question and answer the ceremony may have waited.
        if !session::is_fresh(session.fresh_at, now) {
            return Err(PasskeyError::NotFresh);
        }
        let passkey = Passkey {
            id: made.id.clone(),
            administrator: by.administrator(),
            name: name.to_owned(),
            credential: made.credential.clone(),
            created_at: now,
            used_at: None,
        };
        if !passkeys::insert(&mut tx, &passkey).await? {
            return Err(PasskeyError::Known);
        }
        let event = factor_event("factor.added", by, now);
        sign_in_changed::record(app, &mut tx, by.administrator(), &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Removes one of whoever is signed in, unless it is their last way in.
pub async fn remove(app: &App, by: &SignedIn, id: &str) -> Result<(), PasskeyError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if session::hold(app, &mut tx, by, now).await?.is_none() {
            return Err(PasskeyError::SessionEnded);
        }
        if !passkeys::remove(&mut tx, by.administrator(), id).await? {
            return Err(PasskeyError::Unknown);
        }
        if !ways_in::any_left(app, &mut tx, by.administrator()).await? {
            return Err(PasskeyError::LastWayIn);
        }
        let event = factor_event("factor.removed", by, now);
        sign_in_changed::record(app, &mut tx, by.administrator(), &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// What the trail says of a passkey of whoever is signed in.
pub(super) fn factor_event(name: &'static str, by: &SignedIn, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(by.administrator());
    AuditEvent::of_system(name, actor, now).shown_by("factor", Factor::Passkey.as_str())
}
