//! An administrator switches eSecure on or off for an account. On means default deny; off means that
//! everybody may use the number, and nobody is asked.

use tracing::info;

use super::{
    about_account::{ESECURE_OFF, ESECURE_ON},
    change_brake,
    decide::{self, DecideError},
    messages,
};
use crate::{
    app::App,
    domain::{
        account::Esecure,
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::SignedIn,
        request::Door,
        timestamp::Timestamp,
    },
    store::{MayRetry, StoreError, accounts, audit, retrying, rights},
};

/// Why nothing was switched.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// The session ended, or the account is not theirs.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// It was switched off, or others were appointed, as often as it may be
    /// ([`change_brake::AT_MOST`]); there is room again then. Switching on is never refused.
    #[error("too much was changed lately: there is room again at {0}")]
    TooMany(Timestamp),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for SwitchError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// Switches it; `false` where it was so already, and nobody is told anything.
pub async fn switch(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    to: Esecure,
) -> Result<bool, SwitchError> {
    let name = match to {
        Esecure::Active => ESECURE_ON,
        Esecure::Inactive => ESECURE_OFF,
    };
    let switched = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        decide::check_appointed(app, &mut tx, account, by, now).await?;
        if !accounts::switch_esecure(&mut tx, account, to, now).await? {
            return Ok::<_, SwitchError>(false);
        }
        if to == Esecure::Inactive {
            let (by, accounts) = (by.administrator(), std::slice::from_ref(account));
            if let Some(until) = change_brake::full_until(&mut tx, by, accounts, now).await? {
                return Err(SwitchError::TooMany(until));
            }
        }
        let actor = Actor::Administrator(by.administrator());
        let event = AuditEvent::of_account(account, name, actor, now).through(Some(Door::Portal));
        let place = audit::append_numbered(&mut tx, &event).await?;
        for one in rights::appointed_to(&mut tx, account).await? {
            if one.id != by.administrator() {
                let kind = MessageKind::EsecureSwitched;
                messages::tell(app, &mut tx, kind, account, place, &one, now).await?;
            }
        }
        tx.commit().await?;
        Ok(true)
    })
    .await?;
    if switched {
        info!(
            event = name,
            account.last4 = account.last4(),
            door = "portal",
            "eSecure was switched for account {account}: {name}",
        );
        app.outbox_changed.notify_one();
    }
    Ok(switched)
}
