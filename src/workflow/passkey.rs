//! Asking for a passkey: to add one, to sign in with it, and to prove by it who one is.
//!
//! Each begins with a question and ends with the answer of a device, in a ceremony between the two.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::{
    ceremony::{self, Ceremony, CeremonySecret},
    own_passkeys,
    session::{self, SessionSecret},
};
use crate::{
    app::App,
    domain::{
        factor::Factor,
        people::{Administrator, SignedIn},
    },
    store::{
        StoreError, audit, may_retry,
        passkeys::{self, Passkey},
        retrying, sessions,
    },
    webauthn::{AnswerRefused, Question, RelyingParty},
};

/// How long a name may be, in characters.
pub const NAME_MAX: usize = 60;

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// No passkeys are offered here.
    #[error("passkeys are not offered")]
    NotOffered,
    /// Nothing was begun, or it has ended.
    #[error("there is no such ceremony, or it has ended")]
    NothingBegun,
    /// The answer is not taken.
    #[error(transparent)]
    Refused(#[from] AnswerRefused),
    /// It is nobody's, or not that of whoever is signed in.
    #[error("the passkey is unknown")]
    Unknown,
    /// Somebody has this one already.
    #[error("the passkey is known already")]
    Known,
    /// Without it nobody could sign in any more.
    #[error("it is the last way in")]
    LastWayIn,
    /// Whoever was signed in is not any more.
    #[error("the session has ended")]
    SessionEnded,
    /// Whoever is signed in has not proved lately enough who it is.
    #[error("it was not proved lately who this is")]
    NotFresh,
    /// No question could be put together.
    #[error("{0}")]
    Question(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(PasskeyError);

/// What is asked of a browser, and what for.
pub struct Asked {
    /// What for.
    pub purpose: Purpose,
    /// For the page, as JSON.
    pub options: String,
    /// Where its owner goes on to.
    pub next: String,
}

/// What a passkey is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Somebody signs in.
    SignIn,
    /// Somebody who is signed in proves it again.
    Confirm,
    /// Somebody adds one.
    Add,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::SignIn, Self::Confirm, Self::Add];

    /// Its word, for the table and the page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "passkey.sign_in",
            Self::Confirm => "passkey.confirm",
            Self::Add => "passkey.add",
        }
    }

    fn of(ceremony: &Ceremony) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == ceremony.kind)
    }
}

/// What came of an answer.
pub enum Answered {
    /// Somebody is signed in, and goes on to `next`.
    SessionBegun {
        /// For the cookie.
        secret: SessionSecret,
        /// A path of ours.
        next: String,
    },
    /// It was proved again, and they go on to `next`.
    Confirmed {
        /// A path of ours.
        next: String,
    },
    /// There is one more.
    Added,
}

/// What the table keeps between question and answer.
#[derive(Serialize, Deserialize)]
struct State {
    options: String,
    expected: String,
    next: String,
    name: String,
}

/// Begins signing in at this address; from there it goes on to `next`.
pub async fn begin_signing_in(
    app: &App,
    from: IpAddr,
    next: &str,
) -> Result<CeremonySecret, PasskeyError> {
    let question = ask(relying_party(app)?.ask_for_any())?;
    let secret = CeremonySecret::of_stranger(from);
    begin(app, Purpose::SignIn, None, secret, question, next, "").await
}

/// Begins proving again who it is.
pub async fn begin_confirming(
    app: &App,
    by: &SignedIn,
    next: &str,
) -> Result<CeremonySecret, PasskeyError> {
    let question = ask(relying_party(app)?.ask_for_any())?;
    let secret = CeremonySecret::fresh();
    begin(app, Purpose::Confirm, Some(by), secret, question, next, "").await
}

/// Begins adding one that its owner will call `name`.
pub async fn begin_adding(
    app: &App,
    by: &SignedIn,
    administrator: &Administrator,
    name: &str,
) -> Result<CeremonySecret, PasskeyError> {
    let relying_party = relying_party(app)?;
    let mut conn = app.store.read().await?;
    let known = passkeys::of_administrator(&mut conn, administrator.id).await?;
    drop(conn);
    let known: Vec<String> = known.into_iter().map(|one| one.id).collect();
    let question = ask(relying_party.ask_for_new(administrator, &known))?;
    let secret = CeremonySecret::fresh();
    begin(
        app,
        Purpose::Add,
        Some(by),
        secret,
        question,
        "/settings",
        name,
    )
    .await
}

/// What a browser that has begun is asked.
pub async fn asked(app: &App, secret: &str) -> Result<Asked, PasskeyError> {
    let ceremony = ceremony::look_up(app, secret).await?;
    let ceremony = ceremony.ok_or(PasskeyError::NothingBegun)?;
    let purpose = Purpose::of(&ceremony).ok_or(PasskeyError::NothingBegun)?;
    let state = read(&ceremony)?;
    Ok(Asked {
        purpose,
        options: state.options,
        next: state.next,
    })
}

/// Takes the answer to the question of this ceremony, which ends with it. `by` is whoever is signed
/// in in that browser, `device` how it describes itself.
pub async fn answer(
    app: &App,
    secret: &str,
    answer: &str,
    by: Option<&SignedIn>,
    device: Option<&str>,
) -> Result<Answered, PasskeyError> {
    let ceremony = ceremony::take(app, secret).await?;
    let ceremony = ceremony.ok_or(PasskeyError::NothingBegun)?;
    let purpose = Purpose::of(&ceremony).ok_or(PasskeyError::NothingBegun)?;
    let state = read(&ceremony)?;
    let owner = || {
        by.filter(|by| Some(by.administrator()) == ceremony.administrator)
            .ok_or(PasskeyError::SessionEnded)
    };
    match purpose {
        Purpose::SignIn => {
            let (passkey, credential) = check(app, &state, answer).await?;
            let secret = sign_in(app, &passkey, &credential, device).await?;
            Ok(Answered::SessionBegun {
                secret,
                next: state.next,
            })
        }
        Purpose::Confirm => {
            let by = owner()?;
            let (passkey, credential) = check(app, &state, answer).await?;
            if passkey.administrator != by.administrator() {
                return Err(PasskeyError::Unknown);
            }
            confirm(app, by, &passkey, &credential).await?;
            Ok(Answered::Confirmed { next: state.next })
        }
        Purpose::Add => {
            let made = relying_party(app)?.make(&state.expected, answer)?;
            own_passkeys::add(app, owner()?, &made, &state.name).await?;
            Ok(Answered::Added)
        }
    }
}

async fn begin(
    app: &App,
    purpose: Purpose,
    by: Option<&SignedIn>,
    secret: CeremonySecret,
    question: Question,
    next: &str,
    name: &str,
) -> Result<CeremonySecret, PasskeyError> {
    let state = State {
        options: question.options,
        expected: question.expected,
        next: next.to_owned(),
        name: name.to_owned(),
    };
    let state = serde_json::to_string(&state).expect("texts are JSON");
    let administrator = by.map(SignedIn::administrator);
    ceremony::begin(app, &secret, purpose.as_str(), administrator, &state).await?;
    Ok(secret)
}

/// The passkey that an answer proves, and its public half with what the device counts now.
async fn check(app: &App, state: &State, answer: &str) -> Result<(Passkey, String), PasskeyError> {
    let relying_party = relying_party(app)?;
    let (administrator, id) = relying_party.claimed(answer)?;
    let mut conn = app.store.read().await?;
    let passkey = passkeys::find(&mut conn, &id).await?;
    drop(conn);
    let passkey = passkey
        .filter(|passkey| passkey.administrator == administrator)
        .ok_or(PasskeyError::Unknown)?;
    match relying_party.check(&state.expected, answer, &passkey.credential) {
        Ok(credential) => Ok((passkey, credential)),
        Err(refused) => {
            if matches!(refused, AnswerRefused::Copied) {
                error!(
                    event = "passkey.copied",
                    administrator.id = %passkey.administrator,
                    "A passkey of administrator {} counts backwards: there may be a copy of it. \
                     Ask them to remove it", passkey.administrator
                );
            }
            app.metrics.login("failed");
            warn!(event = "login.failed", "A passkey was refused: {refused}");
            Err(refused.into())
        }
    }
}

async fn sign_in(
    app: &App,
    passkey: &Passkey,
    credential: &str,
    device: Option<&str>,
) -> Result<SessionSecret, PasskeyError> {
    let secret = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if !passkeys::used(&mut tx, passkey, credential, now).await? {
            return Err(PasskeyError::Unknown); // Removed, or used elsewhere, meanwhile.
        }
        let administrator = passkey.administrator;
        let secret = session::begin(&mut tx, administrator, Factor::Passkey, device, now).await?;
        tx.commit().await?;
        Ok(secret)
    })
    .await?;
    app.metrics.login("succeeded");
    info!(
        event = "login.succeeded",
        administrator.id = %passkey.administrator,
        "Administrator {} signed in with a passkey", passkey.administrator
    );
    Ok(secret)
}

async fn confirm(
    app: &App,
    by: &SignedIn,
    passkey: &Passkey,
    credential: &str,
) -> Result<(), PasskeyError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if session::hold(app, &mut tx, by, now).await?.is_none()
            || !sessions::refresh(&mut tx, by.session(), now).await?
        {
            return Err(PasskeyError::SessionEnded);
        }
        if !passkeys::used(&mut tx, passkey, credential, now).await? {
            return Err(PasskeyError::Unknown);
        }
        let event = own_passkeys::factor_event("session.confirmed", by, now);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

fn relying_party(app: &App) -> Result<&RelyingParty, PasskeyError> {
    app.relying_party.as_deref().ok_or(PasskeyError::NotOffered)
}

fn ask(question: anyhow::Result<Question>) -> Result<Question, PasskeyError> {
    question.map_err(|error| PasskeyError::Question(error.to_string()))
}

fn read(ceremony: &Ceremony) -> Result<State, PasskeyError> {
    serde_json::from_str(&ceremony.state).map_err(|_| PasskeyError::NothingBegun)
}
