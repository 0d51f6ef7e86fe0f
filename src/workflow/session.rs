//! A session of the portal: how it begins, how long it lives, and how it ends.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::AnyConnection;

use super::reach;
use crate::{
    app::App,
    config::Portal,
    domain::{
        event::{Actor, AuditEvent},
        factor::Factor,
        people::{Administrator, AdministratorId, SessionId, SignedIn},
        timestamp::Timestamp,
    },
    store::{StoreError, appointments, audit, people, retrying, sessions},
};

/// For how long whoever proved who it is may change who gets in: administrators, factors, rules.
pub const FRESH_FOR: Duration = Duration::from_secs(15 * 60);

/// The secret of a new session: what the cookie carries. The table keeps its hash.
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

/// Whether somebody who last proved who it is at `fresh_at` need not do so again now.
pub fn is_fresh(fresh_at: Option<Timestamp>, now: Timestamp) -> bool {
    fresh_at.is_some_and(|fresh_at| now.since(fresh_at) < FRESH_FOR)
}

/// Begins a session, in the transaction that found the factor to be right. It always has a new
/// secret: whatever a browser brought along before it signed in is worth nothing afterwards.
pub async fn begin(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    factor: Factor,
    device: Option<&str>,
    now: Timestamp,
) -> Result<SessionSecret, StoreError> {
    let bytes: [u8; 32] = crate::random::bytes();
    let secret = SessionSecret(data_encoding::BASE64URL_NOPAD.encode(&bytes));
    let id = session_id(secret.expose());
    // A provider lets in whom it knows from days ago; only /confirm makes it ask.
    let fresh_at = (factor != Factor::Identity).then_some(now);
    sessions::insert(conn, &id, administrator, device, fresh_at, now).await?;
    appointments::note_sign_in(conn, administrator, now).await?;
    // The trail says it; for the log the sign-in is enough.
    let _ = reach::works(conn, administrator, "sign-in", now).await?;
    let actor = Actor::Administrator(administrator);
    let event =
        AuditEvent::of_system("session.started", actor, now).shown_by("factor", factor.as_str());
    audit::append(conn, &event).await?;
    Ok(secret)
}

/// The session that proves `by`, in a transaction that acts by it: whoever ends it meanwhile waits.
/// `None` where it has ended.
pub async fn hold(
    app: &App,
    conn: &mut AnyConnection,
    by: &SignedIn,
    now: Timestamp,
) -> Result<Option<sessions::Session>, StoreError> {
    let session = sessions::find_now(conn, by.session()).await?;
    Ok(session.filter(|session| {
        session.administrator == by.administrator() && lives(&app.config.portal, session, now)
    }))
}

/// A session that lives, and who it is of.
pub struct LiveSession {
    /// Who.
    pub administrator: Administrator,
    /// When it last proved who it is.
    pub fresh_at: Option<Timestamp>,
}

/// The live session behind a cookie. Notes the use of it, at most once a minute.
pub async fn look_up(app: &App, id: &SessionId) -> Result<Option<LiveSession>, StoreError> {
    const NOTED_EVERY: Duration = Duration::from_secs(60);

    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let Some(found) = sessions::find(&mut conn, id).await? else {
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
            sessions::touch(&mut tx, id, now).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(administrator.map(|administrator| LiveSession {
        administrator,
        fresh_at: found.fresh_at,
    }))
}

/// The live sessions of an administrator, the last used first.
pub async fn all_of(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
) -> Result<Vec<(SessionId, sessions::Session)>, StoreError> {
    let now = app.clock.now();
    let mut all = sessions::of_administrator(conn, administrator).await?;
    all.retain(|(_, session)| lives(&app.config.portal, session, now));
    Ok(all)
}

/// Ends a session of whoever is signed in: this one, or another one of theirs. One that has ended
/// already stays so.
pub async fn end(app: &App, by: &SignedIn, which: &SessionId) -> Result<(), StoreError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if sessions::end_of(&mut tx, by.administrator(), which).await? {
            audit::append(&mut tx, &ended(by, now)).await?;
        }
        tx.commit().await
    })
    .await
}

/// Ends every session of whoever is signed in, but this one.
pub async fn end_others(app: &App, by: &SignedIn) -> Result<(), StoreError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let ended_ones = sessions::end_others(&mut tx, by.administrator(), by.session()).await?;
        if ended_ones > 0 {
            let event = ended(by, now).shown_by("others", ended_ones);
            audit::append(&mut tx, &event).await?;
        }
        tx.commit().await
    })
    .await
}

fn ended(by: &SignedIn, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(by.administrator());
    AuditEvent::of_system("session.ended", actor, now)
}
