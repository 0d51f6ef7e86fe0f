//! Giving an address a standing permission by name, and taking it away.

use tracing::info;

use super::{
    about_overturning::{ALLOWED, DENIED},
    decide::{self, DecideError},
    messages::Messages,
    tell_of_overturning,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        entry::Standing,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::{PersonId, SignedIn},
        request::{Door, RequestId, Status},
        timestamp::Timestamp,
    },
    store::{
        StoreError, accounts, audit,
        entries::{self, Entry},
        may_retry, people, requests, retrying, standings,
    },
};

/// Why the list of authorized users did not change.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// No such account.
    #[error("there is no such account: add it with `esecured account add`")]
    UnknownAccount,
    /// The address has no standing permission there.
    #[error("this address is not an authorized user of the account")]
    NotAuthorized,
    /// The permission would end before it began.
    #[error("the permission would have ended already: give a date in the future")]
    Past,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(AuthorizeError);

/// What an administrator wants to stand for an address from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overturn {
    /// A rejected or expired address may use the number after all.
    Allow,
    /// An authorized user may not any more, at once; an expired address stays out.
    Deny,
}

/// An administrator changes what stands for an address, when it is still what was `seen`. The
/// request keeps its one decision; this is a change of the entry, with an audit event of its own.
pub async fn overturn(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    person: PersonId,
    seen: Status,
    overturn: Overturn,
) -> Result<(), DecideError> {
    let entry = retrying(|| overturn_once(app, by, account, person, seen, overturn)).await?;
    let number = entry
        .request
        .as_ref()
        .map_or("-", |(_, number)| number.as_str());
    info!(
        event = overturn.event(),
        request.number = number,
        account.last4 = account.last4(),
        requester = %entry.email,
        door = "portal",
        "{} was {seen} for account {account} and is {} now, by the portal",
        entry.email,
        overturn.status(),
    );
    app.outbox_changed.notify_one();
    Ok(())
}

impl Overturn {
    fn status(self) -> &'static str {
        match self {
            Self::Allow => "approved",
            Self::Deny => "rejected",
        }
    }

    /// What the requester hears: that the answer is another one now. Who was out and stays out
    /// hears nothing.
    fn told(self, seen: Status) -> Option<MessageKind> {
        match (self, seen) {
            (Self::Allow, _) => Some(MessageKind::RequesterApproved),
            (Self::Deny, Status::Approved) => Some(MessageKind::RequesterRejected),
            (
                Self::Deny,
                Status::Pending | Status::Rejected | Status::Expired | Status::Cancelled,
            ) => None,
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Allow => ALLOWED,
            Self::Deny => DENIED,
        }
    }
}

async fn overturn_once(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    person: PersonId,
    seen: Status,
    overturn: Overturn,
) -> Result<Entry, DecideError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let capacity = decide::check_signed_in(app, &mut tx, account, by, now).await?;
    let entry = entries::find(&mut tx, account, person)
        .await?
        .ok_or(DecideError::Unknown)?;
    let change = entries::Change {
        account,
        person,
        status: overturn.status(),
        request: None,
        until: None,
        at: now,
    };
    if !entries::overturn(&mut tx, &change, seen).await? {
        return Err(DecideError::Unknown); // It is not what was seen any more.
    }
    let actor = Actor::Administrator(by.administrator());
    let event = AuditEvent::of_account(account, overturn.event(), actor, now)
        .through(Some(Door::Portal))
        .about(entry.request.as_ref().map(|(id, _)| *id), person)
        .shown_by("was", seen.as_str())
        .in_capacity(capacity);
    let place = audit::append_numbered(&mut tx, &event).await?;
    if let Some(kind) = overturn.told(seen) {
        tell_of_overturning::tell_requester(app, &mut tx, account, person, kind, now).await?;
        tell_of_overturning::tell_colleagues(app, &mut tx, account, place, by.administrator(), now)
            .await?;
    }
    tx.commit().await?;
    Ok(entry)
}

/// An administrator says until when an authorized user is one; `None` is without end.
pub async fn set_until(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    person: PersonId,
    until: Option<Timestamp>,
) -> Result<(), DecideError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let capacity = decide::check_signed_in(app, &mut tx, account, by, now).await?;
        if !entries::set_until(&mut tx, account, person, until).await? {
            return Err(DecideError::Unknown); // It is no authorized user any more.
        }
        let actor = Actor::Administrator(by.administrator());
        let mut event = AuditEvent::of_account(account, "authorized_user.until_set", actor, now)
            .through(Some(Door::Portal))
            .about(None, person)
            .in_capacity(capacity);
        if let Some(until) = until {
            event = event.shown_by("until", until.to_string());
        }
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "authorized_user.until_set",
        account.last4 = account.last4(),
        door = "portal",
        "The end of a permission for account {account} was set in the portal"
    );
    Ok(())
}

/// The operator makes an address an authorized user; an open request of it is approved with that.
pub async fn add_by_operator(
    app: &App,
    account: &AccountNumber,
    email: &EmailAddress,
    until: Option<Timestamp>,
) -> Result<(), AuthorizeError> {
    if until.is_some_and(|until| until <= app.clock.now()) {
        return Err(AuthorizeError::Past);
    }
    retrying(|| add_once(app, account, email, until)).await?;
    info!(
        event = "authorized_user.added",
        account.last4 = account.last4(),
        requester = %email,
        door = "operator",
        "{email} may use account {account}, said the operator"
    );
    app.outbox_changed.notify_one();
    Ok(())
}

async fn add_once(
    app: &App,
    number: &AccountNumber,
    email: &EmailAddress,
    until: Option<Timestamp>,
) -> Result<(), AuthorizeError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let account = accounts::find(&mut tx, number)
        .await?
        .ok_or(AuthorizeError::UnknownAccount)?;
    let person = people::person(&mut tx, email, now).await?;
    let standing = standings::standing_now(&mut tx, number, person, now).await?;
    let mut approved: Option<RequestId> = None;
    if let Standing::Pending { request } = standing
        && let Some(mut request) = requests::find(&mut tx, request).await?
        && let Ok(state) = request.state.approve_by_operator(now)
    {
        request.state = state;
        request.updated_at = now;
        if requests::close(&mut tx, &request).await? {
            decide::set_entry(&mut tx, &request, now).await?;
            let event =
                AuditEvent::of_account(number, "access_request.approved", Actor::Operator, now)
                    .through(Some(Door::Operator))
                    .about(Some(request.id), person)
                    .shown_by("number", request.number.as_str());
            audit::append(&mut tx, &event).await?;
            Messages::about(app, &request, now)
                .of_closing(&mut tx, &account)
                .await?;
            approved = Some(request.id);
        }
    }
    entries::set(
        &mut tx,
        &entries::Change {
            account: number,
            person,
            status: "approved",
            request: approved,
            until,
            at: now,
        },
    )
    .await?;
    let mut event = AuditEvent::of_account(number, "authorized_user.added", Actor::Operator, now)
        .through(Some(Door::Operator))
        .about(approved, person);
    if let Some(until) = until {
        event = event.shown_by("until", until.to_string());
    }
    audit::append(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// The operator takes a standing permission away; the address has to ask again.
pub async fn remove_by_operator(
    app: &App,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<(), AuthorizeError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let person = people::find_person(&mut tx, email)
            .await?
            .ok_or(AuthorizeError::NotAuthorized)?;
        if !entries::remove_permission(&mut tx, account, person, now).await? {
            return Err(AuthorizeError::NotAuthorized);
        }
        let event =
            AuditEvent::of_account(account, "authorized_user.revoked", Actor::Operator, now)
                .through(Some(Door::Operator))
                .about(None, person);
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "authorized_user.revoked",
        account.last4 = account.last4(),
        requester = %email,
        door = "operator",
        "{email} may no longer use account {account}, said the operator"
    );
    Ok(())
}
