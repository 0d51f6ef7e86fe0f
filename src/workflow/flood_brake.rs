//! The brakes: how much is mailed at most, whatever comes in (`[limits]`). What is above a limit is
//! not refused: it stands in the portal, and comes with a digest.

use sqlx::AnyConnection;

use crate::{
    app::App,
    config::Limit,
    domain::{
        account_number::AccountNumber, counted_by::CountedBy, domain_name::DomainName,
        message::Message, request::AccessRequest, timestamp::Timestamp,
    },
    store::{StoreError, mail_counts},
    workflow::change_brake,
};

/// Whether a new request may be mailed at once, as far as its account, its requester and the
/// requester's mail domain are concerned; then it counts for them.
pub(super) async fn admits(
    app: &App,
    conn: &mut AnyConnection,
    request: &AccessRequest,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let limits = &app.config.limits;
    // Always in this order, so that two who hold several never wait for each other.
    let counted = [
        (
            limits.per_account,
            CountedBy::Account(request.account.clone()),
        ),
        (
            limits.per_domain,
            CountedBy::Domain(DomainName::of(&request.email)),
        ),
        (
            limits.per_requester,
            CountedBy::Requester(request.requester),
        ),
    ];
    for (limit, by) in &counted {
        if full_until(conn, *limit, by, now).await?.is_some() {
            return Ok(false);
        }
    }
    for (_, by) in counted.iter().filter(|(limit, _)| limit.is_some()) {
        mail_counts::add(conn, by, &request.id.to_string(), now).await?;
    }
    Ok(true)
}

/// When there is room for another under a limit; none where there is room now, and then nobody else
/// takes it before the transaction ends.
pub(super) async fn full_until(
    conn: &mut AnyConnection,
    limit: Option<Limit>,
    by: &CountedBy,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(limit) = limit else {
        return Ok(None);
    };
    // Looked at before it is held: in a flood nobody waits for others only to find it full.
    if let Some(until) = looks_full_until(conn, limit, by, now).await? {
        return Ok(Some(until));
    }
    mail_counts::hold(conn, by, now).await?;
    looks_full_until(conn, limit, by, now).await
}

async fn looks_full_until(
    conn: &mut AnyConnection,
    limit: Limit,
    by: &CountedBy,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let oldest_that_counts = mail_counts::nth_newest(conn, by, limit.count).await?;
    Ok(oldest_that_counts
        .map(|at| at.plus(limit.per))
        .filter(|until| now < *until))
}

/// A mail to an administrator about requests for an account counts from now on.
pub(super) async fn count(
    app: &App,
    conn: &mut AnyConnection,
    message: &Message,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    if let (Some(_), Some(administrator)) = (
        app.config.limits.mails_per_administrator,
        message.administrator,
    ) {
        let by = CountedBy::Administrator(administrator, account.clone());
        mail_counts::add(conn, &by, &message.id.to_string(), now).await?;
    }
    Ok(())
}

/// Before this nothing counts any more, under any limit.
pub fn looks_back_to(app: &App, now: Timestamp) -> Timestamp {
    let limits = &app.config.limits;
    let windows = [
        limits.per_account,
        limits.per_domain,
        limits.per_requester,
        limits.mails_per_administrator,
        Some(change_brake::AT_MOST),
    ];
    let longest = windows.iter().flatten().map(|limit| limit.per).max();
    now.minus(longest.unwrap_or_default())
}
