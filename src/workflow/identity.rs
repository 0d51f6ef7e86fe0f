//! Who somebody is at an identity provider: signing in as that, proving it again, linking and
//! unlinking it.
//!
//! A provider's name for somebody stands for an administrator only after that administrator said so
//! here, signed in. An address that the provider names is never looked at: at many providers people
//! choose it themselves.

use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::{
    ceremony::{self, CeremonySecret},
    session::{self, SessionSecret},
    sign_in_changed, ways_in,
};
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        factor::Factor,
        people::{AdministratorId, SignedIn},
        timestamp::Timestamp,
    },
    store::{
        StoreError, audit,
        identities::{self, Identity},
        may_retry, retrying, sessions,
    },
};

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// This name at the provider stands for nobody.
    #[error("nobody is linked to this identity")]
    Unknown,
    /// It stands for somebody already, or whoever links it has another one there.
    #[error("the identity or the administrator is linked already")]
    Linked,
    /// Without it nobody could sign in any more.
    #[error("it is the last way in")]
    LastWayIn,
    /// Whoever was signed in is not any more.
    #[error("the session has ended")]
    SessionEnded,
    /// Whoever is signed in has not proved lately enough who it is.
    #[error("it was not proved lately who this is")]
    NotFresh,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(IdentityError);

/// What somebody goes to a provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To sign in.
    SignIn,
    /// To prove again who it is.
    Confirm,
    /// To link the provider.
    Link,
}

impl Errand {
    const ALL: [Self; 3] = [Self::SignIn, Self::Confirm, Self::Link];

    /// Its word, for the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "identity.sign_in",
            Self::Confirm => "identity.confirm",
            Self::Link => "identity.link",
        }
    }
}

/// Somebody on the way to a provider and back.
pub struct Traveller {
    /// What for.
    pub errand: Errand,
    /// Who it is, unless it is to sign in.
    pub administrator: Option<AdministratorId>,
    /// Where they go on to afterwards.
    pub next: String,
}

/// What the table keeps meanwhile. No secret: those are derived from what the browser keeps.
#[derive(Serialize, Deserialize)]
struct State {
    provider: String,
    next: String,
}

/// Somebody leaves for a provider, with the secret that their browser keeps.
pub async fn leave(
    app: &App,
    secret: &CeremonySecret,
    provider: &str,
    traveller: &Traveller,
) -> Result<(), StoreError> {
    let state = State {
        provider: provider.to_owned(),
        next: traveller.next.clone(),
    };
    let state = serde_json::to_string(&state).expect("texts are JSON");
    let kind = traveller.errand.as_str();
    ceremony::begin(app, secret, kind, traveller.administrator, &state).await
}

/// Whoever left for this provider with this secret; they come back once.
pub async fn return_from(
    app: &App,
    secret: &str,
    provider: &str,
) -> Result<Option<Traveller>, StoreError> {
    let Some(ceremony) = ceremony::take(app, secret).await? else {
        return Ok(None);
    };
    let errand = Errand::ALL
        .into_iter()
        .find(|errand| errand.as_str() == ceremony.kind);
    let state: Option<State> = serde_json::from_str(&ceremony.state).ok();
    Ok(errand
        .zip(state)
        .filter(|(_, state)| state.provider == provider)
        .map(|(errand, state)| Traveller {
            errand,
            administrator: ceremony.administrator,
            next: state.next,
        }))
}

/// Begins a session for whomever this name at a provider stands for.
pub async fn sign_in(
    app: &App,
    issuer: &str,
    subject: &str,
    device: Option<&str>,
) -> Result<SessionSecret, IdentityError> {
    let (administrator, secret) = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let identity = identities::find_now(&mut tx, issuer, subject).await?;
        let administrator = identity.ok_or(IdentityError::Unknown)?.administrator;
        let secret = session::begin(&mut tx, administrator, Factor::Identity, device, now).await?;
        tx.commit().await?;
        Ok((administrator, secret))
    })
    .await
    .inspect_err(|error| {
        if matches!(error, IdentityError::Unknown) {
            app.metrics.login("failed");
            warn!(
                event = "login.failed",
                "Somebody whom {issuer} knows is not linked here"
            );
        }
    })?;
    app.metrics.login("succeeded");
    info!(
        event = "login.succeeded",
        administrator.id = %administrator,
        "Administrator {administrator} signed in at {issuer}"
    );
    Ok(secret)
}

/// Makes a session fresh again by the name at a provider of whoever it is of.
pub async fn confirm(
    app: &App,
    by: &SignedIn,
    issuer: &str,
    subject: &str,
) -> Result<(), IdentityError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if session::hold(app, &mut tx, by, now).await?.is_none()
            || !sessions::refresh(&mut tx, by.session(), now).await?
        {
            return Err(IdentityError::SessionEnded);
        }
        let identity = identities::find_now(&mut tx, issuer, subject).await?;
        if identity.is_none_or(|one| one.administrator != by.administrator()) {
            return Err(IdentityError::Unknown);
        }
        let event = event("session.confirmed", by, now).shown_by("issuer", issuer);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Lets a name at a provider stand for whoever is signed in. They have one name at each.
pub async fn link(
    app: &App,
    by: &SignedIn,
    issuer: &str,
    subject: &str,
) -> Result<(), IdentityError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let session = session::hold(app, &mut tx, by, now).await?;
        let session = session.ok_or(IdentityError::SessionEnded)?;
        // The journey to the provider and back may have taken long.
        if !session::is_fresh(session.fresh_at, now) {
            return Err(IdentityError::NotFresh);
        }
        let theirs = identities::of_administrator(&mut tx, by.administrator()).await?;
        let identity = Identity {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            administrator: by.administrator(),
            linked_at: now,
        };
        if theirs.iter().any(|one| one.issuer == issuer)
            || !identities::link(&mut tx, &identity).await?
        {
            return Err(IdentityError::Linked);
        }
        let event = event("identity.linked", by, now).shown_by("issuer", issuer);
        sign_in_changed::record(app, &mut tx, by.administrator(), &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Ends that, unless it is their last way in.
pub async fn unlink(app: &App, by: &SignedIn, issuer: &str) -> Result<(), IdentityError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if session::hold(app, &mut tx, by, now).await?.is_none() {
            return Err(IdentityError::SessionEnded);
        }
        if identities::unlink(&mut tx, by.administrator(), issuer).await? == 0 {
            return Err(IdentityError::Unknown);
        }
        if !ways_in::any_left(app, &mut tx, by.administrator()).await? {
            return Err(IdentityError::LastWayIn);
        }
        let event = event("identity.unlinked", by, now).shown_by("issuer", issuer);
        sign_in_changed::record(app, &mut tx, by.administrator(), &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

fn event(name: &'static str, by: &SignedIn, now: Timestamp) -> AuditEvent {
    let actor = Actor::Administrator(by.administrator());
    AuditEvent::of_system(name, actor, now).shown_by("factor", Factor::Identity.as_str())
}
