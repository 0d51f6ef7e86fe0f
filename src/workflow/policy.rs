//! A rule of the account decides a request at once, be it new or open.

use sqlx::AnyConnection;

use super::{decide, messages::Messages};
use crate::{
    app::App,
    domain::{
        account::Account,
        domain_name::DomainName,
        domain_rule::DomainKind,
        event::{Actor, AuditEvent},
        request::{AccessRequest, Door},
        rules::{PolicyApproval, Rule},
        timestamp::Timestamp,
    },
    store::{StoreError, audit, domains, requests},
};

/// What a rule says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Saying {
    /// The address may use the number.
    Approve(PolicyApproval),
    /// It may not.
    Reject,
}

/// Who has heard of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nobody: it is new.
    Nobody,
    /// The administrators were asked.
    Administrators,
}

/// Decides an open request by a rule, in the transaction that applied the rules.
pub(super) async fn decide(
    app: &App,
    conn: &mut AnyConnection,
    account: &Account,
    mut request: AccessRequest,
    (saying, heard): (Saying, Heard),
    now: Timestamp,
) -> Result<AccessRequest, StoreError> {
    let domain = DomainName::of(&request.email);
    let mut event = match saying {
        Saying::Approve(_) => {
            // Invariant 3: the rule is looked at in the transaction that decides by it.
            let kind = DomainKind::Authorized;
            if !domains::holds_now(conn, &account.number, kind, &domain).await? {
                return Err(StoreError::Moved);
            }
            AuditEvent::of_account(
                &account.number,
                "access_request.approved",
                Actor::Daemon,
                now,
            )
            .shown_by("domain", domain.as_str())
        }
        Saying::Reject => AuditEvent::of_account(
            &account.number,
            "access_request.rejected",
            Actor::Daemon,
            now,
        ),
    };
    let decided = match saying {
        Saying::Approve(by) => request.state.approve_by_policy(by, now),
        Saying::Reject => request.state.reject_by_policy(now),
    };
    request.state = decided.map_err(|_| StoreError::Moved)?;
    request.rule = match saying {
        Saying::Approve(_) => Rule::AuthorizedDomain,
        Saying::Reject => Rule::OutsideMyDomain,
    };
    request.updated_at = now;
    if !requests::close(conn, &request).await? {
        return Err(StoreError::Moved); // Somebody was faster.
    }
    decide::set_entry(conn, &request, now).await?;
    event = event
        .through(Some(Door::Policy))
        .about(Some(request.id), request.requester)
        .shown_by("number", request.number.as_str())
        .shown_by("rule", request.rule.as_str());
    audit::append(conn, &event).await?;
    let messages = Messages::about(app, &request, now);
    match heard {
        Heard::Nobody => messages.of_policy(conn, account).await?,
        Heard::Administrators => messages.of_closing(conn, account).await?,
    }
    Ok(request)
}
