//! An access request: its states and how it moves between them.

use super::{
    account_number::AccountNumber,
    email_address::EmailAddress,
    language::Language,
    look_alike::LookAlike,
    note::Note,
    people::{AdministratorId, Capacity, ClientId, PersonId, SignedIn, id},
    reminder::Silence,
    request_number::RequestNumber,
    rules::{PolicyApproval, Rule},
    timestamp::Timestamp,
    words::words,
};

id! {
    /// Names an access request.
    RequestId
}

/// One e-mail address asking to use one account number.
#[derive(Clone, Debug)]
pub struct AccessRequest {
    /// Names it.
    pub id: RequestId,
    /// The short name for people.
    pub number: RequestNumber,
    /// What is asked for.
    pub account: AccountNumber,
    /// Who asks.
    pub requester: PersonId,
    /// The address of the requester.
    pub email: EmailAddress,
    /// Where it stands.
    pub state: RequestState,
    /// The rule that let it be asked, or decided it.
    pub rule: Rule,
    /// What the domain of the requester pretends to be, as it was known when it was asked.
    pub looks_like: Option<LookAlike>,
    /// What the requester is called, in the requester's own words.
    pub name: Option<String>,
    /// Why, in the requester's own words.
    pub reason: Option<String>,
    /// What the shipping system calls it.
    pub reference: Option<String>,
    /// What the requester is spoken to in.
    pub language: Language,
    /// The shipping system that brought it; none for the operator's.
    pub client: Option<ClientId>,
    /// What the administrator wrote beside the decision.
    pub note: Option<Note>,
    /// How often it was asked again.
    pub repeats: i64,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When silence becomes no access.
    pub expires_at: Timestamp,
    /// How long nobody has answered, and when that is brought to mind.
    pub silence: Silence,
}

impl AccessRequest {
    /// When silence becomes no access; none where it stays open.
    pub fn expires(&self) -> Option<Timestamp> {
        (self.expires_at != Self::NEVER).then_some(self.expires_at)
    }

    /// What [`AccessRequest::expires_at`] is where requests do not expire.
    pub const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);
}

/// Where a request stands; every closed state carries its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Nobody has decided.
    Pending,
    /// The address may use the number.
    Approved {
        /// Who decided.
        by: Decider,
        /// When.
        at: Timestamp,
        /// How the decision came.
        door: Door,
    },
    /// The address may not.
    Rejected {
        /// Who decided.
        by: Decider,
        /// When.
        at: Timestamp,
        /// How the decision came.
        door: Door,
    },
    /// Nobody decided in time.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Taken back.
    Cancelled {
        /// Who took it back.
        by: Canceller,
        /// When.
        at: Timestamp,
    },
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// An administrator of the account.
    Administrator(AdministratorId),
    /// Somebody who stood in for one.
    StandIn {
        /// Who it was.
        by: AdministratorId,
        /// The administrator who was away.
        absent: AdministratorId,
    },
    /// The operator, who added the address to the authorized users.
    Operator,
    /// A rule of the account.
    Policy,
}

impl Decider {
    /// Whoever decides by that right.
    pub fn of(by: AdministratorId, capacity: Capacity) -> Self {
        match capacity {
            Capacity::Own => Self::Administrator(by),
            Capacity::StandInFor(absent) => Self::StandIn { by, absent },
        }
    }
}

/// Who took a request back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canceller {
    /// The shipping system that asked.
    Client,
    /// The operator.
    Operator,
}

/// How a decision or closing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// The signed link in a mail.
    Link,
    /// A reply to a mail.
    Reply,
    /// The portal.
    Portal,
    /// A rule of the account.
    Policy,
    /// The clock.
    Timer,
    /// A shipping system.
    Client,
    /// The command line.
    Operator,
}

/// A door through which nothing but a rejection can come: mail never opens access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailDoor {
    /// The signed link in a mail.
    Link,
    /// A reply to a mail.
    Reply,
}

/// The request was closed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the request is already decided or closed")]
pub struct AlreadyDecided;

/// The decision cannot be undone: there is none by mail, or its time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no rejection by mail that could be undone")]
pub struct NothingToUndo;

impl RequestState {
    /// Approval needs the portal: only its sign-in check makes a [`SignedIn`].
    pub fn approve(
        self,
        by: &SignedIn,
        capacity: Capacity,
        at: Timestamp,
    ) -> Result<Self, AlreadyDecided> {
        self.close(Self::Approved {
            by: Decider::of(by.administrator(), capacity),
            at,
            door: Door::Portal,
        })
    }

    /// The operator's `user add` answers an open request of that address.
    pub fn approve_by_operator(self, at: Timestamp) -> Result<Self, AlreadyDecided> {
        self.close(Self::Approved {
            by: Decider::Operator,
            at,
            door: Door::Operator,
        })
    }

    /// A rule of the account approves: only [`super::rules::apply`] makes a [`PolicyApproval`].
    pub fn approve_by_policy(
        self,
        _by: PolicyApproval,
        at: Timestamp,
    ) -> Result<Self, AlreadyDecided> {
        self.close(Self::Approved {
            by: Decider::Policy,
            at,
            door: Door::Policy,
        })
    }

    /// A rule of the account rejects.
    pub fn reject_by_policy(self, at: Timestamp) -> Result<Self, AlreadyDecided> {
        self.close(Self::Rejected {
            by: Decider::Policy,
            at,
            door: Door::Policy,
        })
    }

    /// Rejects from the portal.
    pub fn reject(
        self,
        by: &SignedIn,
        capacity: Capacity,
        at: Timestamp,
    ) -> Result<Self, AlreadyDecided> {
        self.close(Self::Rejected {
            by: Decider::of(by.administrator(), capacity),
            at,
            door: Door::Portal,
        })
    }

    /// Rejects by what a mail brought: the one thing a mail can do.
    pub fn reject_by_mail(
        self,
        by: AdministratorId,
        capacity: Capacity,
        door: MailDoor,
        at: Timestamp,
    ) -> Result<Self, AlreadyDecided> {
        self.close(Self::Rejected {
            by: Decider::of(by, capacity),
            at,
            door: door.into(),
        })
    }

    /// Silence was the answer.
    pub fn expire(self, at: Timestamp) -> Result<Self, AlreadyDecided> {
        self.close(Self::Expired { at })
    }

    /// Takes the request back.
    pub fn cancel(self, by: Canceller, at: Timestamp) -> Result<Self, AlreadyDecided> {
        self.close(Self::Cancelled { by, at })
    }

    /// Takes a rejection by link or reply back, within `window` of it.
    pub fn undo(self, at: Timestamp, window: std::time::Duration) -> Result<Self, NothingToUndo> {
        match self {
            Self::Rejected {
                at: rejected_at,
                door: Door::Link | Door::Reply,
                ..
            } if at < rejected_at.plus(window) => Ok(Self::Pending),
            Self::Rejected { .. }
            | Self::Pending
            | Self::Approved { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. } => Err(NothingToUndo),
        }
    }

    fn close(self, closed: Self) -> Result<Self, AlreadyDecided> {
        match self {
            Self::Pending => Ok(closed),
            Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Expired { .. }
            | Self::Cancelled { .. } => Err(AlreadyDecided),
        }
    }

    /// Its word in tables, API and logs.
    pub fn status(self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Approved { .. } => Status::Approved,
            Self::Rejected { .. } => Status::Rejected,
            Self::Expired { .. } => Status::Expired,
            Self::Cancelled { .. } => Status::Cancelled,
        }
    }

    /// When it closed.
    pub fn closed_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Approved { at, .. }
            | Self::Rejected { at, .. }
            | Self::Expired { at }
            | Self::Cancelled { at, .. } => Some(at),
        }
    }

    /// How the closing came.
    pub fn door(self) -> Option<Door> {
        match self {
            Self::Pending => None,
            Self::Approved { door, .. } | Self::Rejected { door, .. } => Some(door),
            Self::Expired { .. } => Some(Door::Timer),
            Self::Cancelled { by, .. } => Some(match by {
                Canceller::Client => Door::Client,
                Canceller::Operator => Door::Operator,
            }),
        }
    }

    /// The administrator who decided, be it as a stand-in.
    pub fn decided_by(self) -> Option<AdministratorId> {
        match self.decider()? {
            Decider::Administrator(by) | Decider::StandIn { by, .. } => Some(by),
            Decider::Operator | Decider::Policy => None,
        }
    }

    /// The administrator for whom a stand-in decided.
    pub fn decided_for(self) -> Option<AdministratorId> {
        match self.decider()? {
            Decider::StandIn { absent, .. } => Some(absent),
            Decider::Administrator(_) | Decider::Operator | Decider::Policy => None,
        }
    }

    fn decider(self) -> Option<Decider> {
        match self {
            Self::Approved { by, .. } | Self::Rejected { by, .. } => Some(by),
            Self::Pending | Self::Expired { .. } | Self::Cancelled { .. } => None,
        }
    }
}

impl From<MailDoor> for Door {
    fn from(door: MailDoor) -> Self {
        match door {
            MailDoor::Link => Self::Link,
            MailDoor::Reply => Self::Reply,
        }
    }
}

/// The word for a [`RequestState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Nobody has decided.
    Pending,
    /// The address may use the number.
    Approved,
    /// The address may not.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Taken back.
    Cancelled,
}

words! { Status {
    Pending = "pending", Approved = "approved", Rejected = "rejected",
    Expired = "expired", Cancelled = "cancelled",
} }

words! { Door {
    Link = "link", Reply = "reply", Portal = "portal", Policy = "policy",
    Timer = "timer", Client = "client", Operator = "operator",
} }

#[cfg(test)]
mod tests;
