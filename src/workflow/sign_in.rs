//! Signing in to the portal: a password becomes a session.

use std::time::Duration;

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use crate::{
    app::App,
    config::Portal,
    domain::{
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        people::{Administrator, SessionId},
        timestamp::Timestamp,
    },
    store::{StoreError, audit, may_retry, people, retrying, sessions},
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

/// The secret of a fresh session: what the cookie carries. The table keeps its hash.
pub struct SessionSecret(String);

impl SessionSecret {
    /// For the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What the table calls the session of this cookie.
pub fn session_id(secret: &str) -> SessionId {
    SessionId(data_encoding::HEXLOWER.encode(&Sha256::digest(secret.as_bytes())))
}

/// Whether a session is still young enough, by its last use and by its beginning.
pub fn lives(portal: &Portal, session: &sessions::Session, now: Timestamp) -> bool {
    now < session.seen_at.plus(portal.session_idle)
        && now < session.created_at.plus(portal.session_max)
}

/// Begins a session for whoever has this address and password.
pub async fn sign_in(
    app: &App,
    email: &EmailAddress,
    password: SecretString,
) -> Result<(Administrator, SessionSecret), SignInError> {
    let mut conn = app.store.read().await?;
    let known = people::by_email(&mut conn, email).await?;
    drop(conn);
    let (administrator, hash) = match known {
        Some((administrator, hash)) => (Some(administrator), hash),
        None => (None, None),
    };
    let fits = app.passwords.check(password, hash.clone()).await?;
    let Some(administrator) = administrator.filter(|_| fits) else {
        warn!(event = "login.failed", administrator = %email, "A sign-in as {email} failed");
        return Err(SignInError::Wrong);
    };

    let bytes: [u8; 32] = crate::random::bytes();
    let secret = SessionSecret(data_encoding::BASE64URL_NOPAD.encode(&bytes));
    let id = session_id(secret.expose());
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // The password may have been changed while it was checked.
        if people::password_now(&mut tx, administrator.id).await? != hash {
            return Err(SignInError::Wrong);
        }
        sessions::insert(&mut tx, &id, administrator.id, now).await?;
        let actor = Actor::Administrator(administrator.id);
        let event = AuditEvent::of_system("session.started", actor, now);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(event = "login.succeeded", administrator = %email, "{email} signed in");
    Ok((administrator, secret))
}

/// Ends a session.
pub async fn sign_out(app: &App, session: &SessionId) -> Result<(), StoreError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if let Some(found) = sessions::find(&mut tx, session).await? {
            sessions::end(&mut tx, session).await?;
            let actor = Actor::Administrator(found.administrator);
            let event = AuditEvent::of_system("session.ended", actor, now);
            audit::append(&mut tx, &event).await?;
        }
        tx.commit().await
    })
    .await
}

/// The live session behind a cookie, and who it is. Notes the use of it, at most once a minute.
pub async fn look_up(app: &App, session: &SessionId) -> Result<Option<Administrator>, StoreError> {
    const NOTED_EVERY: Duration = Duration::from_secs(60);

    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let Some(found) = sessions::find(&mut conn, session).await? else {
        return Ok(None);
    };
    if !lives(&app.config.portal, &found, now) {
        return Ok(None);
    }
    let administrator = people::find_administrator(&mut conn, found.administrator).await?;
    drop(conn);
    if now.since(found.seen_at) >= NOTED_EVERY {
        retrying(|| async {
            let mut tx = app.store.begin().await?;
            sessions::touch(&mut tx, session, now).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(administrator)
}
