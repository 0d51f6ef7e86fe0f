//! Who can be reached by mail: what follows when an address turns out to be no good, or to work again.
//!
//! The other administrators of an account are told of an address that is no good; the operator is
//! told of a request that nobody hears of, once. Nobody at that address is told, and nothing is
//! decided by it.

use std::{collections::HashSet, time::Duration};

use sqlx::AnyConnection;
use tracing::{error, info, warn};

use super::messages;
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        address_state::AddressState,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::AdministratorId,
        request::RequestId,
        request_number::RequestNumber,
        timestamp::Timestamp,
    },
    store::{StoreError, accounts, audit, hearing, people, retrying},
};

/// After this long without a bounce, a delivered mail shows that an address works again.
const SILENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// What a transaction found out, to be said once it is committed.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    address: Option<(EmailAddress, AddressState)>,
    unheard: Vec<hearing::Unheard>,
}

impl Findings {
    /// Together with what else the same transaction found out about requests.
    pub(super) fn join(&mut self, more: Self) {
        self.unheard.extend(more.unheard);
    }

    /// Says it: in the log, to the courier and to whoever waits for a change.
    pub fn report(&self, app: &App) {
        if let Some((email, state)) = &self.address {
            say_state(email, *state);
            app.outbox_changed.notify_one();
        }
        for request in &self.unheard {
            say_unheard(&request.number, &request.account);
            app.request_changes.ring(request.id);
        }
    }
}

/// The operator must act: nobody answers this request.
pub(super) fn say_unheard(number: &RequestNumber, account: &AccountNumber) {
    error!(
        event = "access_request.unreachable",
        request.number = %number,
        account.last4 = account.last4(),
        "Nobody can answer request {number}: no mail reaches an administrator of account {account}; `esecured admin list` shows them, `esecured admin add` adds one",
    );
}

fn say_state(email: &EmailAddress, state: AddressState) {
    match state {
        AddressState::Unreachable => warn!(
            event = "administrator.unreachable",
            administrator = %email,
            "Mail to {email} comes back for good; the address counts as unreachable until somebody answers or signs in there",
        ),
        AddressState::Soft => warn!(
            event = "administrator.mail_delayed",
            administrator = %email,
            "Mail to {email} is delayed, or comes back for a reason that passes",
        ),
        AddressState::Fine => info!(
            event = "administrator.reachable",
            administrator = %email,
            "Mail to {email} arrives again",
        ),
    }
}

/// How a mail server told it.
pub(super) struct Told {
    /// What it means for the address.
    pub(super) state: AddressState,
    /// Of the mail about this request, where it was about one.
    pub(super) request: Option<RequestId>,
    /// What shows it, for the audit trail.
    pub(super) evidence: Vec<(&'static str, String)>,
}

/// A mail server told something of an administrator's address.
pub(super) async fn told(
    app: &App,
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    told: &Told,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    let mut findings = Findings::default();
    let Some(administrator) = people::find_administrator(conn, administrator).await? else {
        return Ok(findings);
    };
    let (known, id) = (administrator.address_state, administrator.id);
    let state = known.after(told.state);
    // Also where it says nothing new: an address works again when nothing more is told of it.
    if !hearing::set_address_state(conn, id, known, state, now).await? {
        return Err(StoreError::Moved);
    }
    let name = match state {
        AddressState::Unreachable => "administrator.unreachable",
        AddressState::Soft | AddressState::Fine => "administrator.mail_delayed",
    };
    let mut knowing = HashSet::from([id]);
    for account in accounts::of_administrator(conn, id).await? {
        if state != known {
            let event = AuditEvent::of_account(&account.number, name, Actor::Daemon, now)
                .about(None, administrator.person)
                .shown_by("administrator", id.to_string());
            let event = told.evidence.iter().fold(event, |event, (name, value)| {
                event.shown_by(name, value.as_str())
            });
            let place = audit::append_numbered(conn, &event).await?;
            if state == AddressState::Unreachable {
                tell_others(app, conn, &account.number, place, &mut knowing, now).await?;
            }
        }
        if state == AddressState::Unreachable {
            findings.join(note_unheard_of(conn, &account.number, now).await?);
        }
    }
    if let Some(request) = told.request {
        findings.join(note_if_unheard(conn, request, now).await?);
    }
    findings.address = (state != known).then_some((administrator.email, state));
    Ok(findings)
}

/// Each of those who can be reached hears it once, however many accounts they share.
async fn tell_others(
    app: &App,
    conn: &mut AnyConnection,
    account: &AccountNumber,
    place: i64,
    knowing: &mut HashSet<AdministratorId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for other in people::administrators_of(conn, account).await? {
        if other.address_state.is_reachable() && knowing.insert(other.id) {
            let kind = MessageKind::AddressUnreachable;
            messages::tell(app, conn, kind, account, place, &other, now).await?;
        }
    }
    Ok(())
}

/// An administrator's address works: somebody there answered, signed in, or got a mail.
pub(super) async fn works(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    shown_by: &'static str,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    if !hearing::set_fine(conn, administrator, now).await? {
        return Ok(Findings::default());
    }
    let Some(administrator) = people::find_administrator(conn, administrator).await? else {
        return Ok(Findings::default());
    };
    for account in accounts::of_administrator(conn, administrator.id).await? {
        let name = "administrator.reachable";
        let event = AuditEvent::of_account(&account.number, name, Actor::Daemon, now)
            .about(None, administrator.person)
            .shown_by("administrator", administrator.id.to_string())
            .shown_by("by", shown_by);
        audit::append(conn, &event).await?;
    }
    Ok(Findings {
        address: Some((administrator.email, AddressState::Fine)),
        unheard: Vec::new(),
    })
}

/// Addresses of which nothing bad was told since a mail went there work again.
pub async fn trust_silence(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut conn = app.store.read().await?;
    let mended = hearing::silently_mended(&mut conn, now.minus(SILENCE)).await?;
    drop(conn);
    for administrator in mended {
        let findings = retrying(|| async {
            let mut tx = app.store.begin().await?;
            let findings = works(&mut tx, administrator, "delivery", now).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(findings)
        })
        .await?;
        findings.report(app);
    }
    Ok(())
}

/// An account has lost somebody: the open requests that nobody hears of now are noted.
pub(super) async fn note_unheard_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    let unheard = hearing::note_unheard_of(conn, account, now).await?;
    record(conn, unheard, now).await
}

/// The same for one request.
pub(super) async fn note_if_unheard(
    conn: &mut AnyConnection,
    request: RequestId,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    let unheard = hearing::note_if_unheard(conn, request, now).await?;
    record(conn, unheard.into_iter().collect(), now).await
}

async fn record(
    conn: &mut AnyConnection,
    unheard: Vec<hearing::Unheard>,
    now: Timestamp,
) -> Result<Findings, StoreError> {
    for request in &unheard {
        let name = "access_request.unreachable";
        let event = AuditEvent::of_account(&request.account, name, Actor::Daemon, now)
            .about(Some(request.id), request.requester)
            .shown_by("number", request.number.as_str());
        audit::append(conn, &event).await?;
    }
    Ok(Findings {
        address: None,
        unheard,
    })
}
