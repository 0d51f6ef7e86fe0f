//! The second step of a sign-in: after the password a code. Before it there is no session.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;
use tracing::{info, warn};

use super::{
    ceremony::{self, Ceremony, CeremonySecret},
    session::{self, SessionSecret},
    use_code::{self, RefusedCode, UsedCode},
};
use crate::{
    app::App,
    domain::{
        email_address::EmailAddress, factor::Factor, people::AdministratorId, timestamp::Timestamp,
    },
    store::{StoreError, ceremonies, may_retry, people, retrying},
};

/// The ceremony between the two steps.
const KIND: &str = "sign_in.code";

/// After so many wrong codes the password is asked for again.
pub const TRIES: i64 = 5;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    /// It is not the code, or was used before.
    #[error("the code is wrong")]
    Wrong,
    /// Too many codes were wrong in a row: how long the next one has to wait.
    #[error("codes have to wait")]
    Wait(Duration),
    /// There was no first step, or too long ago, or too many codes were wrong since.
    #[error("the sign-in has to begin again")]
    Over,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(SecondStepError);

/// What the table keeps between the steps.
#[derive(Serialize, Deserialize)]
struct State {
    next: String,
}

/// Whoever has taken the first step, and where they want to go on to.
pub struct Begun {
    administrator: AdministratorId,
    /// The address that is asked for a code.
    pub email: EmailAddress,
    /// Where they go on to.
    pub next: String,
}

/// Begins it, in the transaction that found the password to be right.
pub(super) async fn begin(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    next: &str,
    now: Timestamp,
) -> Result<CeremonySecret, StoreError> {
    let secret = CeremonySecret::fresh();
    let state = State {
        next: next.to_owned(),
    };
    let ceremony = Ceremony {
        kind: KIND.to_owned(),
        administrator: Some(administrator),
        state: serde_json::to_string(&state).expect("a text is JSON"),
        created_at: now,
    };
    ceremonies::insert(conn, &ceremony::id(secret.expose()), &ceremony).await?;
    Ok(secret)
}

/// Whoever has taken the first step in this browser.
pub async fn begun(app: &App, secret: &str) -> Result<Option<Begun>, StoreError> {
    let found = ceremony::look_up(app, secret).await?;
    let Some(ceremony) = found.filter(|one| one.kind == KIND) else {
        return Ok(None);
    };
    let state: Option<State> = serde_json::from_str(&ceremony.state).ok();
    let (Some(administrator), Some(state)) = (ceremony.administrator, state) else {
        return Ok(None);
    };
    let mut conn = app.store.read().await?;
    let found = people::find_administrator(&mut conn, administrator).await?;
    Ok(found.map(|found| Begun {
        administrator,
        email: found.email,
        next: state.next,
    }))
}

/// Begins a session by a code of the device or a recovery code.
pub async fn enter(
    app: &App,
    secret: &str,
    begun: &Begun,
    code: &str,
    device: Option<&str>,
) -> Result<SessionSecret, SecondStepError> {
    let id = ceremony::id(secret);
    let entered = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        // Whoever sets another password, which ends what began with the old one, waits here.
        people::password_now(&mut tx, begun.administrator).await?;
        if !ceremonies::try_again(&mut tx, &id, KIND, TRIES).await? {
            return Err(SecondStepError::Over);
        }
        let used = use_code::use_code(app, &mut tx, begun.administrator, code, now).await?;
        let secret = match used {
            Ok(by) => {
                ceremonies::take(&mut tx, &id).await?;
                let factor = match by {
                    UsedCode::Totp => Factor::PasswordAndTotp,
                    UsedCode::Recovery => Factor::PasswordAndRecoveryCode,
                };
                Some(session::begin(&mut tx, begun.administrator, factor, device, now).await?)
            }
            Err(RefusedCode::Wrong) => None, // The try is counted all the same.
            Err(RefusedCode::Wait(wait)) => return Err(SecondStepError::Wait(wait)),
        };
        tx.commit().await?;
        Ok(secret)
    })
    .await?;
    let email = &begun.email;
    match entered {
        Some(secret) => {
            app.metrics.login("succeeded");
            info!(event = "login.succeeded", administrator = %email, "{email} signed in with a code");
            Ok(secret)
        }
        None => {
            app.metrics.login("failed");
            warn!(event = "login.failed", administrator = %email, "A code for the sign-in of {email} was wrong");
            Err(SecondStepError::Wrong)
        }
    }
}
