//! Opening a request, as long as the rules still say what they said.

use sqlx::AnyConnection;

use super::{
    judge::Judged,
    remind,
    submit::{Submission, SubmitError},
};
use crate::{
    app::App,
    domain::{
        account::Account,
        event::{Actor, AuditEvent},
        people::ClientId,
        reminder::Silence,
        request::{AccessRequest, Door, RequestId, RequestState},
        request_number::RequestNumber,
        rules::{self, Facts},
        timestamp::Timestamp,
    },
    store::{StoreError, Tx, accounts, audit, entries, people, requests, standings},
};

/// Opens a request in the transaction that applied the rules. Who hears of it, the caller says.
pub(super) async fn open(
    app: &App,
    tx: &mut Tx,
    client: Option<ClientId>,
    submission: &Submission,
    mut judged: Judged,
    now: Timestamp,
) -> Result<(Account, AccessRequest), SubmitError> {
    let account = accounts::find(tx, &submission.account)
        .await?
        .ok_or(SubmitError::UnknownAccount)?;
    let requester = people::person(tx, &submission.email, now).await?;
    let facts = Facts {
        esecure: account.esecure,
        standing: Some(standings::standing_now(tx, &account.number, requester, now).await?),
        ..judged.facts
    };
    let cooldown = app.config.requests.repeat_cooldown.unwrap_or_default();
    if rules::apply(&facts, now, cooldown) != judged.verdict {
        return Err(StoreError::Moved.into()); // Somebody changed it since it was looked at.
    }
    let expires_at = match app.config.requests.expires {
        Some(window) => now.plus(window),
        None => AccessRequest::NEVER,
    };
    let mut silence = Silence {
        since: now,
        reminders: 0,
        remind_at: None,
    };
    silence.remind_at = remind::next_of(app, &silence, expires_at, &account);
    let request = AccessRequest {
        id: RequestId::new(),
        number: free_number(tx).await?,
        account: account.number.clone(),
        requester,
        email: submission.email.clone(),
        state: RequestState::Pending,
        rule: judged.verdict.rule(),
        looks_like: judged.look(tx, &submission.question()).await?,
        name: submission.name.clone(),
        reason: submission.reason.clone(),
        reference: submission.reference.clone(),
        language: submission.language.unwrap_or(account.language),
        client,
        note: None,
        repeats: 0,
        created_at: now,
        updated_at: now,
        expires_at,
        silence,
    };
    requests::insert(tx, &request).await?;
    entries::set(
        tx,
        &entries::Change {
            account: &request.account,
            person: request.requester,
            status: "pending",
            request: Some(request.id),
            until: None,
            at: now,
        },
    )
    .await?;
    let event = AuditEvent::of_account(
        &request.account,
        "access_request.created",
        actor(client),
        now,
    )
    .through(Some(asking_door(client)))
    .about(Some(request.id), request.requester)
    .shown_by("number", request.number.as_str())
    .shown_by("rule", request.rule.as_str());
    audit::append(tx, &event).await?;
    Ok((account, request))
}

/// Through which door it was asked.
pub(super) fn asking_door(client: Option<ClientId>) -> Door {
    client.map_or(Door::Operator, |_| Door::Client)
}

/// Who asks: a shipping system, or the operator.
pub(super) fn actor(client: Option<ClientId>) -> Actor {
    client.map_or(Actor::Operator, Actor::Client)
}

/// Five digits as a rule; more where a number is taken.
async fn free_number(conn: &mut AnyConnection) -> Result<RequestNumber, StoreError> {
    let mut digits = 5;
    loop {
        let bits = u64::from_be_bytes(crate::random::bytes());
        let number = RequestNumber::from_bits(bits, digits);
        if digits == 12 || !requests::number_is_taken(conn, &number).await? {
            return Ok(number);
        }
        digits += 1;
    }
}
