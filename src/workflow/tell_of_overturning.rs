//! Who hears that an administrator changed in the portal what stood for an address.

use std::time::Duration;

use sqlx::AnyConnection;

use super::{
    about_overturning,
    messages::{self, Messages},
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        message::{About, MessageKind},
        people::{AdministratorId, PersonId},
        timestamp::Timestamp,
    },
    store::{StoreError, accounts, outbox, people, requests, told_before},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Whatever was begun before is in the database by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);
/// So many mails about changes of an account come within an hour before they come every hour.
const CHANGES_AT_ONCE: i64 = 4;

/// The requester of an address hears that what an administrator changed in the portal is not what
/// its last request was told. Whoever was added by name and never asked hears nothing.
pub(super) async fn tell_requester(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    kind: MessageKind,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = accounts::find(conn, account).await? else {
        return Ok(());
    };
    let Some(request) = requests::last_of(conn, &account.number, person).await? else {
        return Ok(());
    };
    let occasion = now.as_micros().to_string();
    Messages::about(app, &request, now)
        .to_requester(conn, &account, kind, &occasion, now)
        .await
}

/// The other administrators of an account hear that one of them changed what stood for an address:
/// within a minute, with all that is changed until then, and after some mails only every hour.
pub(super) async fn tell_colleagues(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    place: i64,
    by: AdministratorId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = MessageKind::Overturned;
    let about = About::Account(account.clone());
    for one in people::administrators_of(conn, account).await? {
        if one.id == by {
            continue;
        }
        let joins = now.plus(SETTLES_WITHIN);
        if told_before::is_due_later(conn, kind, &about, one.person, joins).await? {
            continue;
        }
        let lately = now.minus(HOUR);
        let mails = told_before::queued_since(conn, kind, &about, one.person, lately).await?;
        let wait = if mails < CHANGES_AT_ONCE {
            MINUTE
        } else {
            HOUR
        };
        let until = now.plus(wait);
        let occasion = about_overturning::occasion(place, until);
        let mut message = messages::message(app, kind, about.clone(), one.person, &occasion, now);
        message.administrator = Some(one.id);
        message.due_at = until.plus(SETTLES_WITHIN);
        outbox::enqueue(conn, &message, now).await?;
    }
    Ok(())
}
