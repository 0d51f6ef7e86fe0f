//! Deciding an access request: approving or rejecting it.
//!
//! Every answer ends here, whether it came by mail link, by mail reply or through the portal, so
//! that a rule is written once. Exactly one decision is written; whoever comes second is shown it.

use sqlx::AnyConnection;
use tracing::info;

use super::{look, messages::Messages, session};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        note::Note,
        people::{AdministratorId, Capacity, SignedIn},
        request::{AccessRequest, MailDoor, RequestId, RequestState, Status},
        timestamp::Timestamp,
    },
    store::{StoreError, accounts, audit, entries, may_retry, requests, retrying, rights},
};

/// Why a decision did not come about.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// No such request.
    #[error("there is no such request")]
    Unknown,
    /// Somebody was faster: the request as it stands.
    #[error("the request is already decided or closed")]
    AlreadyDecided(Box<look::Shown>),
    /// The administrator does not, or no longer, decide for this account.
    #[error("this administrator does not decide for this account")]
    NotYours,
    /// The session ended before the decision was written.
    #[error("the session has ended")]
    SessionEnded,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(DecideError);

/// An answer, and what shows that it may be given.
#[derive(Clone, Debug)]
pub enum Answer<'a> {
    /// Yes: nothing but a portal session can say it.
    Approve(&'a SignedIn),
    /// No, from the portal.
    Reject(&'a SignedIn),
    /// No, from a mail.
    RejectByMail(&'a ByMail),
}

/// What a mail brought.
#[derive(Clone, Debug)]
pub struct ByMail {
    /// Whose link or reply it is.
    pub administrator: AdministratorId,
    /// Link or reply.
    pub door: MailDoor,
    /// What shows it: name and value, such as the key id, the Message-ID or the verdict of the authentication.
    pub evidence: Vec<(&'static str, String)>,
}

/// Decides a request.
pub async fn decide(
    app: &App,
    id: RequestId,
    answer: &Answer<'_>,
) -> Result<look::Shown, DecideError> {
    decide_with(app, id, answer, None).await
}

/// The same with a note beside the decision.
pub async fn decide_with(
    app: &App,
    id: RequestId,
    answer: &Answer<'_>,
    note: Option<&Note>,
) -> Result<look::Shown, DecideError> {
    let shown = retrying(|| async {
        let mut tx = app.store.begin().await?;
        let request = decide_in(app, &mut tx, id, answer, note, app.clock.now()).await?;
        let shown = look::of(&mut tx, request).await?;
        tx.commit().await?;
        Ok::<_, DecideError>(shown)
    })
    .await?;
    report(app, &shown.request);
    Ok(shown)
}

/// Decides within a transaction that does more than that; whoever commits it calls [`report`].
pub(super) async fn decide_in(
    app: &App,
    conn: &mut AnyConnection,
    id: RequestId,
    answer: &Answer<'_>,
    note: Option<&Note>,
    now: Timestamp,
) -> Result<AccessRequest, DecideError> {
    let mut request = requests::find(conn, id)
        .await?
        .ok_or(DecideError::Unknown)?;
    let capacity = check_right(app, conn, &request, answer, now).await?;
    let decided = match answer {
        Answer::Approve(by) => request.state.approve(by, capacity, now),
        Answer::Reject(by) => request.state.reject(by, capacity, now),
        Answer::RejectByMail(mail) => {
            request
                .state
                .reject_by_mail(mail.administrator, capacity, mail.door, now)
        }
    };
    let Ok(state) = decided else {
        return Err(already_decided(conn, request).await?);
    };
    request.state = state;
    request.note = note.cloned();
    request.updated_at = now;
    if !requests::close(conn, &request).await? {
        let current = requests::find(conn, id)
            .await?
            .ok_or(DecideError::Unknown)?;
        return Err(already_decided(conn, current).await?); // Somebody was faster.
    }
    let evidence = match answer {
        Answer::RejectByMail(mail) => mail.evidence.as_slice(),
        Answer::Approve(_) | Answer::Reject(_) => &[],
    };
    record(conn, &request, answer_by(answer), capacity, evidence).await?;
    let account = accounts::find(conn, &request.account)
        .await?
        .ok_or(DecideError::Unknown)?;
    Messages::about(app, &request, now)
        .of_closing(conn, &account)
        .await?;
    Ok(request)
}

/// Invariant 3: the right to decide is looked at in the transaction that decides. Says by what right.
async fn check_right(
    app: &App,
    conn: &mut AnyConnection,
    request: &AccessRequest,
    answer: &Answer<'_>,
    now: Timestamp,
) -> Result<Capacity, DecideError> {
    match answer {
        Answer::Approve(by) | Answer::Reject(by) => {
            check_signed_in(app, conn, &request.account, by, now).await
        }
        Answer::RejectByMail(mail) => {
            check_decides_for(conn, &request.account, mail.administrator, now).await
        }
    }
}

/// The session lives, and who it is of decides for the account now; says by what right.
pub(super) async fn check_signed_in(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    by: &SignedIn,
    now: Timestamp,
) -> Result<Capacity, DecideError> {
    if session::hold(app, conn, by, now).await?.is_none() {
        return Err(DecideError::SessionEnded);
    }
    check_decides_for(conn, account, by.administrator(), now).await
}

/// The session lives, and who it is of is an administrator of the account. A stand-in for one may
/// not do what takes this: change who decides, and by which rules.
pub(super) async fn check_appointed(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    by: &SignedIn,
    now: Timestamp,
) -> Result<(), DecideError> {
    if session::hold(app, conn, by, now).await?.is_none() {
        return Err(DecideError::SessionEnded);
    }
    if rights::is_appointed_now(conn, account, by.administrator()).await? {
        Ok(())
    } else {
        Err(DecideError::NotYours)
    }
}

async fn check_decides_for(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<Capacity, DecideError> {
    rights::capacity_now(conn, account, administrator, now)
        .await?
        .ok_or(DecideError::NotYours)
}

fn answer_by(answer: &Answer<'_>) -> AdministratorId {
    match answer {
        Answer::Approve(by) | Answer::Reject(by) => by.administrator(),
        Answer::RejectByMail(mail) => mail.administrator,
    }
}

async fn already_decided(
    conn: &mut AnyConnection,
    request: AccessRequest,
) -> Result<DecideError, StoreError> {
    let shown = look::of(conn, request).await?;
    Ok(DecideError::AlreadyDecided(Box::new(shown)))
}

async fn record(
    conn: &mut AnyConnection,
    request: &AccessRequest,
    by: AdministratorId,
    capacity: Capacity,
    evidence: &[(&'static str, String)],
) -> Result<(), StoreError> {
    let now = request.updated_at;
    set_entry(conn, request, now).await?;
    let name = match request.state {
        RequestState::Approved { .. } => "access_request.approved",
        _ => "access_request.rejected",
    };
    let mut event = AuditEvent::of_account(&request.account, name, Actor::Administrator(by), now)
        .through(request.state.door())
        .about(Some(request.id), request.requester)
        .shown_by("number", request.number.as_str())
        .in_capacity(capacity);
    // Its words stand beside the request, where they can be erased.
    if let Some(note) = &request.note {
        let whom = if note.is_shown() {
            "requester"
        } else {
            "colleagues"
        };
        event = event.shown_by("note_for", whom);
    }
    for (name, value) in evidence {
        event = event.shown_by(name, value.as_str());
    }
    audit::append(conn, &event).await
}

/// What stands for the address follows from what became of the request.
pub(super) async fn set_entry(
    conn: &mut AnyConnection,
    request: &AccessRequest,
    now: Timestamp,
) -> Result<(), StoreError> {
    let status = match request.state.status() {
        Status::Cancelled => "none",
        other => other.as_str(),
    };
    entries::set(
        conn,
        &entries::Change {
            account: &request.account,
            person: request.requester,
            status,
            request: Some(request.id),
            until: None,
            at: now,
        },
    )
    .await
}

/// One line for the operator, and a ring for the courier.
pub(super) fn report(app: &App, request: &AccessRequest) {
    let (Some(door), status) = (request.state.door(), request.state.status()) else {
        return;
    };
    app.metrics.request_decided(request);
    info!(
        event = "access_request.decided",
        request.number = %request.number,
        account.last4 = request.account.last4(),
        %door,
        decision = %status,
        "Request {} is {status} by {door}",
        request.number,
    );
    app.outbox_changed.notify_one();
    app.request_changes.ring(request.id);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        clock::{Clock, FixedClock},
        config::Config,
        domain::{
            account::{Account, Esecure},
            email_address::EmailAddress,
            factor::Factor,
            language::Language,
        },
        signing::key_file,
        store::people,
        workflow::{
            manage::{self, Existence},
            session,
        },
    };

    /// The page's own check has passed; the deciding transaction looks again.
    #[tokio::test]
    async fn a_session_that_grew_old_between_page_and_decision_decides_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::demo(([127, 0, 0, 1], 0).into(), dir.path()).unwrap();
        let beginning = Timestamp::from_seconds(1_778_483_640);
        let clock = FixedClock::at(beginning);
        key_file::rotate(&config.keys.file, beginning).unwrap();
        let app = App::build(config, Clock::Fixed(clock.clone()), true)
            .await
            .unwrap();
        let account = Account {
            number: AccountNumber::parse("112233445").unwrap(),
            name: "Tulpenhandel".to_owned(),
            language: Language::Nl,
            time_zone: "Europe/Amsterdam".to_owned(),
            esecure: Esecure::Active,
            requester_mails: true,
        };
        manage::put_account(&app, &account, Existence::New)
            .await
            .unwrap();
        let anna = EmailAddress::parse("anna@tulips.example").unwrap();
        manage::add_administrator(&app, &anna, &account.number, "Anna", Language::Nl, None)
            .await
            .unwrap();
        let mut tx = app.store.begin().await.unwrap();
        let (anna, _) = people::by_email(&mut tx, &anna).await.unwrap().unwrap();
        let secret = session::begin(&mut tx, anna.id, Factor::Password, None, app.clock.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let by = SignedIn::by_session(session::session_id(secret.expose()), anna.id);

        let check = async || {
            let mut tx = app.store.begin().await.unwrap();
            check_signed_in(&app, &mut tx, &account.number, &by, app.clock.now()).await
        };
        assert!(check().await.is_ok());
        clock.advance(app.config.portal.session_idle - Duration::from_secs(1));
        assert!(check().await.is_ok());
        clock.advance(Duration::from_secs(1));
        assert!(matches!(check().await, Err(DecideError::SessionEnded)));
    }
}
