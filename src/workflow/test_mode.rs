//! Test mode: what a test key asks for is opened, decided by its address or by nobody, expired and
//! taken back as a live request is, in tables of its own.
//!
//! Nobody is mailed, nothing is counted, and an approval makes nobody an authorized user: it opens a
//! request each time, so that the same address can be tried again. No administrator sees any of it,
//! so it leaves no audit event either; its feed is its record.

use std::time::Duration;

use sqlx::AnyConnection;
use tracing::info;

use super::{
    once::{Answered, Once},
    submit::{Submission, SubmitError},
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        announced::Announced,
        email_address::EmailAddress,
        people::TestClient,
        request::{AccessRequest, RequestId},
        request_number::RequestNumber,
        rules::{Rule, Verdict},
        test_request::{self, Fate, Outcome, TestRequest, TestState},
        timestamp::Timestamp,
    },
    store::{
        StoreError, may_retry, paging, request_lists::Page, retrying, test_events, test_requests,
    },
};

/// How long closed test requests and their events are kept.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// What became of asking.
#[derive(Clone, Debug)]
pub enum TestSubmitted {
    /// A new request, which is open.
    Opened(TestRequest),
    /// A new request, which its address decided at once.
    Decided(TestRequest),
    /// It joined the open request.
    Joined(TestRequest),
}

impl TestSubmitted {
    /// The request as it stands.
    pub fn request(&self) -> &TestRequest {
        match self {
            Self::Opened(request) | Self::Decided(request) | Self::Joined(request) => request,
        }
    }
}

/// Asks with a test key.
pub async fn submit(
    app: &App,
    client: &TestClient,
    submission: &Submission,
    once: Option<&Once<'_, TestSubmitted>>,
) -> Result<Answered<TestSubmitted>, SubmitError> {
    let answered = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if let Some(once) = once
            && let Some(earlier) = once.earlier(&mut tx, client.id).await?
        {
            return Ok(Answered::Before(earlier));
        }
        let submitted = apply(app, &mut tx, client, submission, now).await?;
        if let Some(once) = once {
            once.keep(&mut tx, client.id, &submitted, |body| body, now)
                .await?;
        }
        tx.commit().await?;
        Ok::<_, SubmitError>(Answered::Now(submitted))
    })
    .await?;
    if let Answered::Now(submitted) = &answered {
        report(app, client, submitted.request());
    }
    Ok(answered)
}

async fn apply(
    app: &App,
    conn: &mut AnyConnection,
    client: &TestClient,
    submission: &Submission,
    now: Timestamp,
) -> Result<TestSubmitted, SubmitError> {
    let (account, email) = (&submission.account, &submission.email);
    if !test_requests::may_use(conn, client, account).await? {
        return Err(SubmitError::UnknownAccount);
    }
    if let Some(mut request) = test_requests::open_one(conn, client, account, email).await? {
        if !test_requests::count_repeat(conn, client, request.id, now).await? {
            return Err(StoreError::Moved.into());
        }
        request.repeats += 1;
        request.updated_at = now;
        return Ok(TestSubmitted::Joined(request));
    }
    let expires = app.config.requests.expires;
    let expires_at = expires.map_or(AccessRequest::NEVER, |after| now.plus(after));
    let fate = Fate::of(email, now, expires_at);
    let request = TestRequest {
        id: RequestId::new(),
        // Should another have it, all of this is done again with another number.
        number: RequestNumber::from_bits(u64::from_be_bytes(crate::random::bytes()), 5),
        account: account.clone(),
        email: email.clone(),
        reference: submission.reference.clone(),
        state: TestState::Pending,
        repeats: 0,
        created_at: now,
        updated_at: now,
        expires_at: fate.expires_at,
    };
    test_requests::insert(conn, client, &request, &fate).await?;
    test_events::append(conn, client, Announced::RequestCreated, &request).await?;
    if fate.at > now {
        return Ok(TestSubmitted::Opened(request));
    }
    let decided = close(conn, client, request, fate.outcome, now).await?;
    Ok(TestSubmitted::Decided(decided.ok_or(StoreError::Moved)?))
}

/// Writes what became of an open request, and announces it; none where it is open no more.
async fn close(
    conn: &mut AnyConnection,
    client: &TestClient,
    request: TestRequest,
    outcome: Outcome,
    now: Timestamp,
) -> Result<Option<TestRequest>, StoreError> {
    let closed = TestRequest {
        state: TestState::Closed { outcome, at: now },
        updated_at: now,
        ..request
    };
    if !test_requests::close(conn, client, &closed).await? {
        return Ok(None);
    }
    test_events::append(conn, client, outcome.announced(), &closed).await?;
    Ok(Some(closed))
}

/// Does what has become due by itself; how much it was, at most `at_most`.
pub async fn close_due(app: &App, at_most: i64) -> Result<usize, StoreError> {
    let mut conn = app.store.read().await?;
    let due = test_requests::due(&mut conn, app.clock.now(), at_most).await?;
    drop(conn);
    let mut closed = 0;
    for (client, request, outcome) in due {
        let done = retrying(|| async {
            let mut tx = app.store.begin().await?;
            let now = app.clock.now();
            let done = close(&mut tx, &client, request.clone(), outcome, now).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(done)
        })
        .await?;
        if let Some(request) = done {
            report(app, &client, &request);
            closed += 1;
        }
    }
    Ok(closed)
}

/// Why a test request was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum TakeBackError {
    /// The client has none like that.
    #[error("there is no such request")]
    Unknown,
    /// Something else became of it.
    #[error("the request is closed already")]
    Closed(Box<TestRequest>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(TakeBackError);

/// Takes a request of a test key back; one that was taken back before stays so.
pub async fn take_back(
    app: &App,
    client: &TestClient,
    id: RequestId,
) -> Result<TestRequest, TakeBackError> {
    let closed = retrying(|| async {
        let mut tx = app.store.begin().await?;
        let found = test_requests::find(&mut tx, client, id).await?;
        let request = found.ok_or(TakeBackError::Unknown)?;
        if let TestState::Closed { outcome, .. } = request.state {
            return match outcome {
                Outcome::Cancelled => Ok(request),
                _ => Err(TakeBackError::Closed(Box::new(request))),
            };
        }
        let now = app.clock.now();
        let closed = close(&mut tx, client, request, Outcome::Cancelled, now).await?;
        tx.commit().await?;
        closed.ok_or(TakeBackError::Store(StoreError::Moved))
    })
    .await?;
    report(app, client, &closed);
    Ok(closed)
}

/// A request of a test key.
pub async fn find(
    app: &App,
    client: &TestClient,
    id: RequestId,
) -> Result<Option<TestRequest>, StoreError> {
    let mut conn = app.store.read().await?;
    test_requests::find(&mut conn, client, id).await
}

/// One page of what a test key asked for, and where the next one begins, if there is one.
pub async fn page(
    app: &App,
    client: &TestClient,
    page: &Page<'_>,
) -> Result<(Vec<TestRequest>, Option<(Timestamp, RequestId)>), StoreError> {
    let mut conn = app.store.read().await?;
    let found = test_requests::page(&mut conn, client, &page.and_one_more()).await?;
    Ok(paging::cut(found, page.limit, |last| {
        (last.created_at, last.id)
    }))
}

/// What would be said of an address; none where the account is not in the key's scope.
pub async fn check(
    app: &App,
    client: &TestClient,
    account: &AccountNumber,
    email: &EmailAddress,
) -> Result<Option<Verdict>, StoreError> {
    let mut conn = app.store.read().await?;
    if !test_requests::may_use(&mut conn, client, account).await? {
        return Ok(None);
    }
    let open = test_requests::open_one(&mut conn, client, account, email).await?;
    let says = test_request::magic(email).map(|(outcome, _)| outcome);
    Ok(Some(match (open, says) {
        (Some(open), _) => Verdict::Ask(Some(open.id)),
        (None, Some(Outcome::Approved)) => Verdict::Allow(Rule::AuthorizedUser),
        (None, Some(Outcome::Rejected)) => Verdict::Deny(Rule::StandingRejection, None),
        (None, Some(Outcome::Expired | Outcome::Cancelled) | None) => Verdict::Ask(None),
    }))
}

/// Forgets what was over long ago.
pub async fn prune(app: &App) -> Result<(), StoreError> {
    let before = app.clock.now().minus(KEPT);
    retrying(|| async {
        let mut tx = app.store.begin().await?;
        test_events::prune(&mut tx, before).await?;
        test_requests::prune(&mut tx, before).await?;
        tx.commit().await
    })
    .await
}

fn report(app: &App, client: &TestClient, request: &TestRequest) {
    let (client, status) = (&client.name, request.state.status());
    info!(
        event = "test_request.changed",
        request.number = %request.number,
        account.last4 = request.account.last4(),
        client, %status, repeats = request.repeats,
        "Test request {} of {client} is {status}", request.number,
    );
    app.request_changes.ring(request.id);
}
