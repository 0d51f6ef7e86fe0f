//! What administrators set for themselves.

use sqlx::AnyConnection;

use super::{gather, session};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        hour_of_day::HourOfDay,
        language::Language,
        people::SignedIn,
        timestamp::Timestamp,
    },
    store::{StoreError, audit, gathering, may_retry, people, retrying},
};

/// Why a setting stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum OwnSettingError {
    /// Whoever was signed in is not any more.
    #[error("the session has ended")]
    SessionEnded,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(OwnSettingError);

/// Sets what whoever is signed in is spoken to in, in mails first of all.
pub async fn set_language(
    app: &App,
    by: &SignedIn,
    language: Language,
) -> Result<(), OwnSettingError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        hold(app, &mut tx, by, now).await?;
        people::set_language(&mut tx, by.administrator(), language).await?;
        let actor = Actor::Administrator(by.administrator());
        let event = AuditEvent::of_system("administrator.language_set", actor, now)
            .shown_by("language", language.as_str());
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Sets when whoever is signed in is mailed about requests: once a day at that hour, or at once. What
/// is gathered already comes then.
pub async fn set_digest_hour(
    app: &App,
    by: &SignedIn,
    hour: Option<HourOfDay>,
) -> Result<(), OwnSettingError> {
    retrying(|| async {
        let now = app.clock.now();
        let administrator = by.administrator();
        let mut tx = app.store.begin().await?;
        hold(app, &mut tx, by, now).await?;
        gathering::set_digest_hour(&mut tx, administrator, hour).await?;
        let due_at = match hour {
            Some(hour) => gather::next_digest(&mut tx, administrator, hour, now).await?,
            None => now,
        };
        gathering::reschedule_all(&mut tx, administrator, due_at).await?;
        let said = hour.map_or("off".to_owned(), |hour| hour.number().to_string());
        let actor = Actor::Administrator(administrator);
        let event = AuditEvent::of_system("administrator.digest_hour_set", actor, now)
            .shown_by("hour", said);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

async fn hold(
    app: &App,
    conn: &mut AnyConnection,
    by: &SignedIn,
    now: Timestamp,
) -> Result<(), OwnSettingError> {
    let session = session::hold(app, conn, by, now).await?;
    session.map(drop).ok_or(OwnSettingError::SessionEnded)
}
