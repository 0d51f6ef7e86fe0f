//! Looking at a request: itself, what became of its mails, and who decided.

use sqlx::AnyConnection;

use crate::{
    app::App,
    domain::{
        message::MessageKind,
        people::Administrator,
        people::Client,
        request::{AccessRequest, RequestId, RequestState},
        timestamp::Timestamp,
    },
    store::{
        StoreError, clients, hearing, known_as, notifications, paging, request_lists, requests,
    },
};

/// A request with what stands around it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The request.
    pub request: AccessRequest,
    /// What became of the approval mail to each administrator.
    pub notifications: Vec<notifications::Notification>,
    /// What became of the reminders.
    pub reminders: Vec<notifications::Notification>,
    /// The administrator who decided.
    pub decided_by: Option<Administrator>,
    /// The administrator for whom that was, where a stand-in decided.
    pub decided_for: Option<Administrator>,
    /// Whether at least one administrator can hear of it, while it is open.
    pub reachable: bool,
}

/// A request by its id.
pub async fn find(conn: &mut AnyConnection, id: RequestId) -> Result<Option<Shown>, StoreError> {
    match requests::find(conn, id).await? {
        Some(request) => Ok(Some(of(conn, request).await?)),
        None => Ok(None),
    }
}

/// The same for a request at hand.
pub async fn of(conn: &mut AnyConnection, request: AccessRequest) -> Result<Shown, StoreError> {
    let (reminders, notifications) = notifications::of_request(conn, request.id)
        .await?
        .into_iter()
        .partition(|mail| mail.kind == MessageKind::Reminder);
    let decided_by = known_as::find_any(conn, &request.account, request.state.decided_by()).await?;
    let decided_for =
        known_as::find_any(conn, &request.account, request.state.decided_for()).await?;
    let reachable =
        request.state != RequestState::Pending || hearing::somebody_hears(conn, request.id).await?;
    Ok(Shown {
        reachable,
        request,
        notifications,
        reminders,
        decided_by,
        decided_for,
    })
}

/// What a client may see: a request of an account in its scope.
pub async fn for_client(
    app: &App,
    client: &Client,
    id: RequestId,
) -> Result<Option<Shown>, StoreError> {
    let mut conn = app.store.read().await?;
    let Some(request) = requests::find(&mut conn, id).await? else {
        return Ok(None);
    };
    if !clients::may_use(&mut conn, client, &request.account).await? {
        return Ok(None);
    }
    Ok(Some(of(&mut conn, request).await?))
}

/// One page of what a client may see, and where the next one begins, if there is one.
pub async fn page_for_client(
    app: &App,
    client: &Client,
    page: &request_lists::Page<'_>,
) -> Result<(Vec<Shown>, Option<(Timestamp, RequestId)>), StoreError> {
    let mut conn = app.store.read().await?;
    let found = request_lists::page(&mut conn, client, &page.and_one_more()).await?;
    let (found, next) = paging::cut(found, page.limit, |last| (last.created_at, last.id));
    let mut shown = Vec::with_capacity(found.len());
    for request in found {
        shown.push(of(&mut conn, request).await?);
    }
    Ok((shown, next))
}
