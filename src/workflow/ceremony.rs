//! A ceremony: a sign-in, or a change of how somebody signs in, that takes more than one step.
//!
//! The browser keeps a secret, the database its hash and what the next step needs. A ceremony ends
//! with its last step, whatever comes of that: nothing of it can be tried a second time.

use std::{net::IpAddr, time::Duration};

use sha2::{Digest, Sha256};

use crate::{
    app::App,
    domain::{people::AdministratorId, place, timestamp::Timestamp},
    store::{StoreError, Tx, ceremonies, retrying},
};

pub use crate::store::ceremonies::Ceremony;

/// How long a ceremony may take.
pub const LASTS: Duration = Duration::from_secs(10 * 60);

/// How many of strangers may be open at the same time, so that they cannot fill the disk.
const STRANGERS_MAX: i64 = 10_000;
/// How many of them in one place, behind whose address a whole office may sit: it cannot use up
/// what is there for all.
const STRANGERS_IN_ONE_PLACE_MAX: i64 = 100;

/// What the browser keeps. That of a stranger names, in a way that nobody can read, the place where
/// the ceremony began.
pub struct CeremonySecret(String);

impl CeremonySecret {
    /// A new one for somebody who is known.
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = crate::random::bytes();
        Self(data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// A new one for a stranger at this address.
    pub fn of_stranger(from: IpAddr) -> Self {
        let place = Sha256::digest(place::of(from).to_string().as_bytes());
        let place = data_encoding::HEXLOWER.encode(&place[..PLACE_OCTETS]);
        Self(format!("{place}.{}", Self::fresh().0))
    }

    /// For the cookie.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Begins one. It is no event of the audit trail: nothing has changed yet for anybody.
///
/// There is always room: where too many strangers have begun and not ended, the oldest gives way, of
/// their own place or, where all places together are too many, of the place that has most.
pub async fn begin(
    app: &App,
    secret: &CeremonySecret,
    kind: &str,
    administrator: Option<AdministratorId>,
    state: &str,
) -> Result<(), StoreError> {
    let id = id(secret.expose());
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if administrator.is_none() {
            make_room(&mut tx, &id).await?;
        }
        let ceremony = Ceremony {
            kind: kind.to_owned(),
            administrator,
            state: state.to_owned(),
            created_at: now,
        };
        ceremonies::insert(&mut tx, &id, &ceremony).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Ends what has to give way to one more of a stranger, whose id this is.
async fn make_room(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    let place = place_in(id).unwrap_or_default();
    if ceremonies::of_place(tx, place).await? >= STRANGERS_IN_ONE_PLACE_MAX {
        ceremonies::end_oldest_of_place(tx, place).await?;
    } else if ceremonies::strangers(tx).await? >= STRANGERS_MAX
        && let Some(fullest) = ceremonies::fullest_place(tx).await?
    {
        ceremonies::end_oldest_of_place(tx, &fullest).await?;
    }
    Ok(())
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

/// What the table calls the ceremony of this secret: its hash, behind the place of a stranger.
pub(super) fn id(secret: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(secret.as_bytes()));
    match place_in(secret) {
        Some(place) => format!("{place}.{hash}"),
        None => hash,
    }
}

/// How many octets tell places apart.
const PLACE_OCTETS: usize = 8;

/// The place that a secret, or an id, of a stranger begins with.
fn place_in(text: &str) -> Option<&str> {
    let (place, _) = text.split_once('.')?;
    let is_one = place.len() == PLACE_OCTETS * 2 && place.bytes().all(|c| c.is_ascii_hexdigit());
    is_one.then_some(place)
}
