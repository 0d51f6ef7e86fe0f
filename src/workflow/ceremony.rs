//! A ceremony: a sign-in, or a change of how somebody signs in, that takes more than one step.
//!
//! The browser keeps a secret, the database its hash and what the next step needs. A ceremony ends
//! with its last step, whatever comes of that: nothing of it can be tried a second time.

use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::{
    app::App,
    domain::{people::AdministratorId, timestamp::Timestamp},
    store::{StoreError, Tx, ceremonies, may_retry, retrying},
};

pub use crate::store::ceremonies::Ceremony;

/// How long a ceremony may take.
pub const LASTS: Duration = Duration::from_secs(10 * 60);

/// How many of strangers may be open at the same time, so that they cannot fill the disk.
const STRANGERS_MAX: i64 = 10_000;

/// Why none was begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginCeremonyError {
    /// Too many strangers have begun one.
    #[error("too many sign-ins have begun and not ended")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(BeginCeremonyError);

/// What the browser keeps.
pub struct CeremonySecret(String);

impl CeremonySecret {
    /// A new one.
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = crate::random::bytes();
        Self(data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// For the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Begins one. It is no event of the audit trail: nothing has changed yet for anybody.
pub async fn begin(
    app: &App,
    secret: &CeremonySecret,
    kind: &str,
    administrator: Option<AdministratorId>,
    state: &str,
) -> Result<(), BeginCeremonyError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if administrator.is_none() && ceremonies::strangers(&mut tx).await? >= STRANGERS_MAX {
            return Err(BeginCeremonyError::TooMany);
        }
        let ceremony = Ceremony {
            kind: kind.to_owned(),
            administrator,
            state: state.to_owned(),
            created_at: now,
        };
        ceremonies::insert(&mut tx, &id(secret.expose()), &ceremony).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// The one that a browser goes through, while it lasts.
pub async fn look_up(app: &App, secret: &str) -> Result<Option<Ceremony>, StoreError> {
    let mut conn = app.store.read().await?;
    let found = ceremonies::find(&mut conn, &id(secret)).await?;
    Ok(found.filter(|one| lasts(one, app.clock.now())))
}

/// The same for its last step: it ends here, and nobody else gets it.
pub async fn take(app: &App, secret: &str) -> Result<Option<Ceremony>, StoreError> {
    retrying(|| async {
        let mut tx: Tx = app.store.begin().await?;
        let found = ceremonies::take(&mut tx, &id(secret)).await?;
        tx.commit().await?;
        Ok(found.filter(|one| lasts(one, app.clock.now())))
    })
    .await
}

fn lasts(ceremony: &Ceremony, now: Timestamp) -> bool {
    now < ceremony.created_at.plus(LASTS)
}

/// What the table calls the ceremony of this secret.
pub(super) fn id(secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}
