//! Ending before its time that somebody stands in: by whoever is away, or because one of the two
//! decides there no more.

use sqlx::AnyConnection;
use tracing::info;

use super::{dismiss, messages, session, stand_in_turns};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::{AdministratorId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    store::{
        StoreError, accounts, audit, people, retrying,
        stand_ins::{self, StandIn},
    },
};

/// Why nothing was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndStandInError {
    /// The session ended.
    #[error("the session has ended")]
    SessionEnded,
    /// Nobody is named, or it is over.
    #[error("nobody is named")]
    NobodyNamed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
crate::store::may_retry!(EndStandInError);

/// Ends what whoever is signed in has named, at once.
pub async fn end(app: &App, by: &SignedIn) -> Result<(), EndStandInError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if session::hold(app, &mut tx, by, now).await?.is_none() {
            return Err(EndStandInError::SessionEnded);
        }
        let absent = by.administrator();
        let named = stand_ins::named_by(&mut tx, absent, now).await?;
        let named = named.ok_or(EndStandInError::NobodyNamed)?;
        let actor = Actor::Administrator(absent);
        end_in(app, &mut tx, &named, actor, Door::Portal, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    info!(
        event = "stand_in.cancelled",
        administrator.id = %by.administrator(),
        "Administrator {} ended that somebody stands in", by.administrator(),
    );
    app.outbox_changed.notify_one();
    Ok(())
}

/// Somebody is no administrator of an account any more: nor does anybody stand in for them there, nor
/// do they for its other administrators. Whether that was anything. What they stand in for at other
/// accounts goes on, and nobody there hears of it: it may be another company.
pub(super) async fn end_with_appointment(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    gone: AdministratorId,
    actor: Actor,
    door: Door,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rights = stand_ins::rights_for(conn, account, gone).await?;
    for turn in &rights {
        stand_in_turns::take(conn, turn, now).await?;
    }
    if let Some(named) = stand_ins::named_by(conn, gone, now).await? {
        stand_ins::leave(conn, account, named.id).await?;
    }
    let theirs = stand_ins::of_person_on(conn, account, gone, now).await?;
    for stand_in in &theirs {
        let accounts = accounts::of_stand_in(conn, stand_in.id).await?;
        if accounts.iter().any(|one| one.number != *account) {
            end_on(conn, stand_in, account, actor, door, now).await?;
        } else {
            end_in(app, conn, stand_in, actor, door, now).await?;
        }
    }
    Ok(!rights.is_empty() || !theirs.is_empty())
}

/// On one account alone. The mail that somebody is no administrator there any more says enough.
async fn end_on(
    conn: &mut AnyConnection,
    stand_in: &StandIn,
    account: &AccountNumber,
    actor: Actor,
    door: Door,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !stand_ins::leave(conn, account, stand_in.id).await? {
        return Ok(()); // Somebody was faster.
    }
    audit::append(conn, &cancelled(account, stand_in, actor, door, now)).await?;
    let rights = stand_ins::rights_by(conn, stand_in.id).await?;
    for turn in rights.iter().filter(|turn| turn.account == *account) {
        stand_in_turns::take(conn, turn, now).await?;
    }
    Ok(())
}

fn cancelled(
    account: &AccountNumber,
    stand_in: &StandIn,
    actor: Actor,
    door: Door,
    now: Timestamp,
) -> AuditEvent {
    AuditEvent::of_account(account, "stand_in.cancelled", actor, now)
        .through(Some(door))
        .about(None, stand_in.person)
        .shown_by("stand_in", stand_in.id.to_string())
        .shown_by("absent", stand_in.absent.to_string())
}

/// The stand-in and every administrator of the accounts hears of it, but for whoever did it.
async fn end_in(
    app: &App,
    conn: &mut AnyConnection,
    stand_in: &StandIn,
    actor: Actor,
    door: Door,
    now: Timestamp,
) -> Result<(), StoreError> {
    let accounts = accounts::of_stand_in(conn, stand_in.id).await?;
    for account in &accounts {
        accounts::hold(conn, &account.number).await?;
    }
    if !stand_ins::end(conn, stand_in.id, now).await? {
        return Ok(()); // Somebody was faster.
    }
    let mut ended = Vec::with_capacity(accounts.len());
    for account in &accounts {
        let event = cancelled(&account.number, stand_in, actor, door, now);
        let place = audit::append_numbered(conn, &event).await?;
        ended.push((account.number.clone(), place));
    }
    let kind = MessageKind::StandInEnded;
    let who = people::find_administrator(conn, stand_in.stand_in).await?;
    if let (Some((number, place)), Some(who)) = (ended.first(), who) {
        messages::tell(app, conn, kind, number, *place, &who, now).await?;
    }
    let mut know = vec![stand_in.stand_in];
    if let Actor::Administrator(by) = actor {
        know.push(by);
    }
    messages::tell_colleagues(app, conn, kind, &ended, know, now).await?;
    for turn in stand_ins::rights_by(conn, stand_in.id).await? {
        stand_in_turns::take(conn, &turn, now).await?;
    }
    dismiss::forget_where_over(conn, stand_in.stand_in, now).await
}
