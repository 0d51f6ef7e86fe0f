//! Giving addresses a standing permission by name, many at once, from the portal.
//!
//! All of them or none: one transaction. What stands for an address decides what becomes of it: an
//! open request is approved by this, a rejection is overturned, a permission keeps standing.

use sqlx::AnyConnection;
use tracing::info;

use super::{
    about_overturning::ALLOWED,
    decide::{self, Answer, DecideError},
    tell_of_overturning,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        entry::Standing,
        event::{Actor, AuditEvent},
        message::MessageKind,
        people::{Capacity, PersonId, SignedIn},
        request::{AccessRequest, Door},
        timestamp::Timestamp,
    },
    store::{StoreError, Tx, audit, entries, people, retrying, standings},
};

/// At most so many addresses at once.
pub const AT_MOST: usize = 500;

/// What an administrator wants.
#[derive(Clone, Copy, Debug)]
pub struct Grant<'a> {
    /// For which account.
    pub account: &'a AccountNumber,
    /// To whom; each address once.
    pub addresses: &'a [EmailAddress],
    /// The permissions end here; never, where nothing is said.
    pub until: Option<Timestamp>,
}

/// What is known of an address before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing stands.
    New,
    /// It may use the number already, until then.
    Authorized {
        /// Its end so far.
        until: Option<Timestamp>,
    },
    /// It asked, and waits.
    Asking,
    /// It was rejected.
    Rejected,
}

impl Known {
    /// Its word on pages and in the audit trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Authorized { .. } => "approved",
            Self::Asking => "pending",
            Self::Rejected => "rejected",
        }
    }

    /// Whether saying `until` leaves it as it is. Nobody lifts an end date by leaving a field empty:
    /// that would widen access unsaid.
    pub fn stays(self, until: Option<Timestamp>) -> bool {
        match self {
            Self::Authorized { until: so_far } => until.is_none() || until == so_far,
            Self::New | Self::Asking | Self::Rejected => false,
        }
    }

    fn by(standing: Option<&Standing>, now: Timestamp) -> Self {
        match standing {
            Some(Standing::Approved { until }) if until.is_none_or(|until| now < until) => {
                Self::Authorized { until: *until }
            }
            Some(Standing::Pending { .. }) => Self::Asking,
            Some(Standing::Rejected { .. }) => Self::Rejected,
            Some(Standing::Approved { .. } | Standing::None) | None => Self::New,
        }
    }
}

/// What came of a [`Grant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// When; the audit trail has what became of each address at this moment.
    pub at: Timestamp,
    /// How many addresses had this very permission before.
    pub unchanged: usize,
}

/// What stands for each address now, without doing anything.
pub async fn preview(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    addresses: &[EmailAddress],
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let mut known = Vec::with_capacity(addresses.len());
    for email in addresses {
        let facts = standings::facts(conn, account, email).await?;
        let standing = facts.and_then(|facts| facts.standing);
        known.push(Known::by(standing.as_ref(), now));
    }
    Ok(known)
}

/// Makes every address an authorized user.
pub async fn grant(app: &App, by: &SignedIn, grant: &Grant<'_>) -> Result<Granted, DecideError> {
    let (granted, approved) = retrying(|| grant_once(app, by, grant)).await?;
    let account = grant.account;
    let count = grant.addresses.len();
    info!(
        event = "authorized_user.added",
        account.last4 = account.last4(),
        door = "portal",
        addresses = count,
        unchanged = granted.unchanged,
        "{count} address(es) may use account {account}, said an administrator in the portal"
    );
    for request in &approved {
        decide::report(app, request);
    }
    app.outbox_changed.notify_one();
    Ok(granted)
}

async fn grant_once(
    app: &App,
    by: &SignedIn,
    grant: &Grant<'_>,
) -> Result<(Granted, Vec<AccessRequest>), DecideError> {
    let now = app.clock.now();
    let mut tx = app.store.begin().await?;
    let mut one = One {
        app,
        by,
        grant,
        now,
        capacity: decide::check_signed_in(app, &mut tx, grant.account, by, now).await?,
        approved: Vec::new(),
        overturned: None,
        unchanged: 0,
    };
    // In one order, so that two who add the same addresses at once do not wait for each other.
    let mut addresses: Vec<&EmailAddress> = grant.addresses.iter().collect();
    addresses.sort_by_key(|email| email.key());
    for email in addresses {
        let person = people::person(&mut tx, email, one.now).await?;
        one.permit(&mut tx, person).await?;
    }
    if let Some(place) = one.overturned {
        let by = by.administrator();
        tell_of_overturning::tell_colleagues(app, &mut tx, grant.account, place, by, one.now)
            .await?;
    }
    tx.commit().await?;
    let granted = Granted {
        at: one.now,
        unchanged: one.unchanged,
    };
    Ok((granted, one.approved))
}

/// The transaction while it goes from address to address.
struct One<'a> {
    app: &'a App,
    by: &'a SignedIn,
    grant: &'a Grant<'a>,
    now: Timestamp,
    capacity: Capacity,
    approved: Vec<AccessRequest>,
    /// Where the audit trail tells of the first rejection that was overturned.
    overturned: Option<i64>,
    unchanged: usize,
}

impl One<'_> {
    async fn permit(&mut self, tx: &mut Tx, person: PersonId) -> Result<(), DecideError> {
        let account = self.grant.account;
        let standing = standings::standing_now(tx, account, person, self.now).await?;
        let known = Known::by(Some(&standing), self.now);
        if known.stays(self.grant.until) {
            self.unchanged += 1;
            return Ok(());
        }
        if let Known::Authorized { .. } = known {
            entries::set_until(tx, account, person, self.grant.until).await?;
            let event = self.event("authorized_user.until_set", person);
            audit::append(tx, &event).await?;
            return Ok(());
        }
        let mut behind = None;
        if let Standing::Pending { request } = standing {
            let answer = Answer::Approve(self.by);
            match decide::decide_in(self.app, tx, request, &answer, None, self.now).await {
                Ok(request) => {
                    behind = Some(request.id);
                    self.approved.push(request);
                }
                // Somebody is deciding it this very moment.
                Err(DecideError::AlreadyDecided(_)) => return Err(StoreError::Moved.into()),
                Err(error) => return Err(error),
            }
        }
        let before = entries::find(tx, account, person).await?;
        let had_expired = before.is_some_and(|entry| entry.status == "expired");
        let was = if had_expired {
            "expired"
        } else {
            known.as_str()
        };
        let change = entries::Change {
            account,
            person,
            status: "approved",
            request: behind,
            until: self.grant.until,
            at: self.now,
        };
        entries::set(tx, &change).await?;
        let event = self
            .event(ALLOWED, person)
            .about(behind, person)
            .shown_by("was", was);
        let place = audit::append_numbered(tx, &event).await?;
        if known == Known::Rejected || had_expired {
            self.overturned.get_or_insert(place);
            let kind = MessageKind::RequesterApproved;
            tell_of_overturning::tell_requester(self.app, tx, account, person, kind, self.now)
                .await?;
        }
        Ok(())
    }

    fn event(&self, name: &'static str, person: PersonId) -> AuditEvent {
        let actor = Actor::Administrator(self.by.administrator());
        let event = AuditEvent::of_account(self.grant.account, name, actor, self.now)
            .through(Some(Door::Portal))
            .about(None, person)
            .in_capacity(self.capacity);
        match self.grant.until {
            Some(until) => event.shown_by("until", until.to_string()),
            None => event,
        }
    }
}
