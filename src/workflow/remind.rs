//! Reminding: the administrators of a request that nobody answers are mailed about it again, a few
//! times, in working hours.
//!
//! Who decides for the account by now and was never asked, such as a stand-in whose time began since,
//! is asked instead. Whoever has yet to get a mail about the request gets no other, and an address
//! that mail does not reach none. It ends with the request; where that is opened again, silence
//! begins anew, and what was counted stays counted.

use sqlx::AnyConnection;
use tracing::info;

use super::messages::Messages;
use crate::{
    app::App,
    domain::{
        account::{Account, Esecure},
        event::{Actor, AuditEvent},
        people::Administrator,
        reminder::Silence,
        request::{AccessRequest, RequestId, RequestState},
        timestamp::Timestamp,
        working_hours,
    },
    store::{
        StoreError, accounts, audit,
        notifications::{self, Asked},
        people, reminders, requests, retrying,
    },
};

/// Sends the reminders that are due, of at most so many requests; of how many it was.
pub async fn remind_due(app: &App, at_most: i64) -> Result<usize, StoreError> {
    let mut conn = app.store.read().await?;
    let due = reminders::due(&mut conn, app.clock.now(), at_most).await?;
    drop(conn);
    let mut reminded = 0;
    for id in due {
        if let Some(done) = retrying(|| remind(app, id)).await? {
            report(&done);
            reminded += 1;
        }
    }
    if reminded > 0 {
        app.outbox_changed.notify_one();
    }
    Ok(reminded)
}

/// When the next reminder is due, after this much silence; none where no other follows.
pub(super) fn next_of(
    app: &App,
    silence: &Silence,
    expires_at: Timestamp,
    account: &Account,
) -> Option<Timestamp> {
    let config = &app.config.requests;
    silence.next_reminder(
        config.reminder,
        config.reminders_max,
        expires_at,
        &account.time_zone,
    )
}

/// A reminder that went into the outbox.
struct Reminded {
    request: AccessRequest,
    /// Which one it was, from 1.
    reminder: i64,
    /// How many were reminded, and how many asked for the first time.
    plan: (usize, usize),
}

async fn remind(app: &App, id: RequestId) -> Result<Option<Reminded>, StoreError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let Some(request) = requests::find(&mut tx, id).await? else {
        return Ok(None);
    };
    let before = request.silence;
    let is_due = before.remind_at.is_some_and(|at| at <= now);
    if request.state != RequestState::Pending || !is_due {
        return Ok(None); // Somebody was faster.
    }
    let Some(account) = accounts::find(&mut tx, &request.account).await? else {
        return Ok(None);
    };
    // The time zone or the configuration may have changed since that time was set, and it may have
    // passed while no daemon ran.
    let due = next_of(app, &before, request.expires_at, &account)
        .map(|due| working_hours::next_moment(due.max(now), &account.time_zone));
    if due != Some(now) {
        reminders::put_off(&mut tx, id, &before, due).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let plan = Plan::of(&mut tx, &request, &account).await?;
    if plan.is_empty() {
        // The next time there may be somebody.
        let rule = app.config.requests.reminder;
        let next = rule.due(now, &account.time_zone);
        reminders::put_off(&mut tx, id, &before, next).await?;
        tx.commit().await?;
        return Ok(None);
    }
    let after = Silence {
        since: now,
        reminders: before.reminders + 1,
        remind_at: None,
    };
    let next = next_of(app, &after, request.expires_at, &account);
    if !reminders::count(&mut tx, id, &before, now, next).await? {
        return Ok(None); // Somebody was faster.
    }
    let (reminded, asked) = (plan.remind.len(), plan.ask.len());
    let event = AuditEvent::of_account(
        &request.account,
        "access_request.reminded",
        Actor::Daemon,
        now,
    )
    .about(Some(id), request.requester)
    .shown_by("number", request.number.as_str())
    .shown_by("reminder", after.reminders)
    .shown_by("reminded", reminded)
    .shown_by("asked", asked);
    audit::append(&mut tx, &event).await?;
    let messages = Messages::about(app, &request, now);
    messages
        .of_reminder(&mut tx, after.reminders, &plan.remind)
        .await?;
    messages.ask(&mut tx, &plan.ask, false).await?;
    tx.commit().await?;
    Ok(Some(Reminded {
        request,
        reminder: after.reminders,
        plan: (reminded, asked),
    }))
}

/// Who is mailed with a reminder.
#[derive(Default)]
struct Plan {
    /// Those who were asked and did not answer.
    remind: Vec<Administrator>,
    /// Those who were never asked.
    ask: Vec<Administrator>,
}

impl Plan {
    async fn of(
        conn: &mut AnyConnection,
        request: &AccessRequest,
        account: &Account,
    ) -> Result<Self, StoreError> {
        let mut plan = Self::default();
        if account.esecure == Esecure::Inactive {
            return Ok(plan); // Everybody may use the number: there is nothing to answer.
        }
        let asked = notifications::asked(conn, request.id).await?;
        let mut administrators = people::administrators_of(conn, &account.number).await?;
        // In one order, so that two who count mails to the same people never wait for each other.
        administrators.sort_by_key(|administrator| administrator.id);
        for administrator in administrators {
            if !administrator.address_state.is_reachable() {
                continue;
            }
            match asked.get(&administrator.id) {
                Some(Asked::Told) => plan.remind.push(administrator),
                Some(Asked::Waiting) => {}
                None => plan.ask.push(administrator),
            }
        }
        Ok(plan)
    }

    fn is_empty(&self) -> bool {
        self.remind.is_empty() && self.ask.is_empty()
    }
}

fn report(done: &Reminded) {
    let (request, reminder) = (&done.request, done.reminder);
    let (reminded, asked) = done.plan;
    info!(
        event = "access_request.reminded",
        request.number = %request.number,
        account.last4 = request.account.last4(),
        reminder,
        administrators = reminded,
        asked,
        "Reminder {reminder} of request {}: {reminded} administrator(s) are reminded, {asked} are asked for the first time",
        request.number,
    );
}
