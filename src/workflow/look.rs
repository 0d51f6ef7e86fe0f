//! Looking at a request: itself, what became of its mails, and who decided.

use sqlx::AnyConnection;

use crate::{
    app::App,
    domain::{
        people::Administrator,
        people::Client,
        request::{AccessRequest, RequestId, RequestState},
    },
    store::{StoreError, clients, outbox, people, requests},
};

/// A request with what stands around it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The request.
    pub request: AccessRequest,
    /// What became of the mail to each administrator.
    pub notifications: Vec<outbox::Notification>,
    /// The administrator who decided.
    pub decided_by: Option<Administrator>,
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
    let notifications = outbox::notifications(conn, request.id).await?;
    let decided_by = match request.state.decided_by() {
        Some(id) => people::find_administrator(conn, id).await?,
        None => None,
    };
    Ok(Shown {
        reachable: request.state != RequestState::Pending
            || notifications.iter().any(|one| one.state != "failed"),
        request,
        notifications,
        decided_by,
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
