//! A stand-in's time comes, and goes: on each account of whoever is away.
//!
//! The clock alone ends a right: a decision looks at it ([`super::decide`]). What happens here makes
//! it seen, and asks the stand-in what still waits.

use sqlx::AnyConnection;
use tracing::info;

use super::manage;
use crate::{
    app::App,
    domain::{
        event::{Actor, AuditEvent},
        timestamp::Timestamp,
    },
    store::{
        StoreError, accounts, audit, known_as, link_generations, people, retrying,
        stand_ins::{self, Turn},
    },
};

/// Gives the rights that are due and takes those that are over, at most `at_most` of each; how many
/// there were.
pub async fn take_turns(app: &App, at_most: i64) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let beginning = stand_ins::beginning(&mut conn, now, at_most).await?;
    let ending = stand_ins::ending(&mut conn, now, at_most).await?;
    drop(conn);
    let mut turns = 0;
    for turn in &beginning {
        if retrying(|| begin(app, turn)).await? {
            report("stand_in.began", turn, "decides");
            app.outbox_changed.notify_one();
            turns += 1;
        }
    }
    for turn in &ending {
        let ended = retrying(|| async {
            let now = app.clock.now();
            let mut tx = app.store.begin().await?;
            let taken = take(&mut tx, turn, now).await?;
            super::dismiss::forget_where_over(&mut tx, turn.stand_in.stand_in, now).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(taken)
        })
        .await?;
        if ended {
            report("stand_in.ended", turn, "no longer decides");
            turns += 1;
        }
    }
    Ok(turns)
}

fn report(event: &'static str, turn: &Turn, does: &str) {
    info!(
        event,
        account.last4 = turn.account.last4(),
        administrator.id = %turn.stand_in.absent,
        stand_in.id = %turn.stand_in.stand_in,
        "Administrator {} {does} for account {}, in place of administrator {}",
        turn.stand_in.stand_in, turn.account, turn.stand_in.absent,
    );
}

/// The stand-in decides for the account, and is asked what waits. `false` where it does already, or
/// where that was ended meanwhile.
async fn begin(app: &App, turn: &Turn) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    accounts::hold(&mut tx, &turn.account).await?;
    if !stand_ins::give_right(&mut tx, &turn.account, &turn.stand_in, now).await? {
        return Ok(false);
    }
    let (who, name) = (turn.stand_in.stand_in, &turn.stand_in.name);
    known_as::introduce(&mut tx, &turn.account, who, name).await?;
    let event = event("stand_in.began", turn, now)
        .shown_by("from", turn.stand_in.from.to_string())
        .shown_by("until", turn.stand_in.until.to_string());
    audit::append(&mut tx, &event).await?;
    if let Some(who) = people::find_administrator(&mut tx, turn.stand_in.stand_in).await? {
        manage::ask_about_open_requests(app, &mut tx, &turn.account, &who, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Takes the right away, within a transaction that may do more; `false` where there is none.
pub(super) async fn take(
    conn: &mut AnyConnection,
    turn: &Turn,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let taken = stand_ins::take_right(conn, &turn.account, turn.stand_in.id).await?;
    if taken {
        let who = turn.stand_in.stand_in;
        link_generations::end(conn, &turn.account, who, now).await?;
        audit::append(conn, &event("stand_in.ended", turn, now)).await?;
    }
    Ok(taken)
}

fn event(name: &'static str, turn: &Turn, now: Timestamp) -> AuditEvent {
    AuditEvent::of_account(&turn.account, name, Actor::Daemon, now)
        .about(None, turn.stand_in.person)
        .shown_by("stand_in", turn.stand_in.id.to_string())
        .shown_by("absent", turn.stand_in.absent.to_string())
        .shown_by("administrator", turn.stand_in.stand_in.to_string())
}
