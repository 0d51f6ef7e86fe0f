//! A request of a test key, and the addresses that decide by themselves.
//!
//! It is no [`AccessRequest`](super::request::AccessRequest): nothing that reads, decides or counts
//! those can be handed one of these.

use std::time::Duration;

use super::{
    account_number::AccountNumber,
    announced::Announced,
    email_address::EmailAddress,
    request::{Door, RequestId, Status},
    request_number::RequestNumber,
    timestamp::Timestamp,
    words::words,
};

/// What a test key asked for.
#[derive(Clone, Debug)]
pub struct TestRequest {
    /// Names it.
    pub id: RequestId,
    /// The short name for people, among those of the same client.
    pub number: RequestNumber,
    /// What is asked for; there need be no such account.
    pub account: AccountNumber,
    /// Who would ask.
    pub email: EmailAddress,
    /// What the shipping system calls it.
    pub reference: Option<String>,
    /// Where it stands.
    pub state: TestState,
    /// How often it was asked again.
    pub repeats: i64,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When silence becomes no access.
    pub expires_at: Timestamp,
}

/// Where a test request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestState {
    /// Nothing has become of it.
    Pending,
    /// Something has.
    Closed {
        /// What.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

impl TestState {
    /// Its word in tables and API.
    pub fn status(self) -> Status {
        match self {
            Self::Pending => Status::Pending,
            Self::Closed { outcome, .. } => outcome.status(),
        }
    }

    /// When it was closed.
    pub fn closed_at(self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Closed { at, .. } => Some(at),
        }
    }
}

/// What becomes of a test request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its address says so.
    Approved,
    /// Its address says so.
    Rejected,
    /// Its time was over.
    Expired,
    /// The shipping system took it back.
    Cancelled,
}

words! { Outcome {
    Approved = "approved", Rejected = "rejected", Expired = "expired", Cancelled = "cancelled",
} }

impl Outcome {
    /// The word of a live request with the same end.
    pub fn status(self) -> Status {
        match self {
            Self::Approved => Status::Approved,
            Self::Rejected => Status::Rejected,
            Self::Expired => Status::Expired,
            Self::Cancelled => Status::Cancelled,
        }
    }

    /// How it came: an address that decides by itself is a rule.
    pub fn door(self) -> Door {
        match self {
            Self::Approved | Self::Rejected => Door::Policy,
            Self::Expired => Door::Timer,
            Self::Cancelled => Door::Client,
        }
    }

    /// What the shipping system hears.
    pub fn announced(self) -> Announced {
        match self {
            Self::Approved => Announced::RequestApproved,
            Self::Rejected => Announced::RequestRejected,
            Self::Expired => Announced::RequestExpired,
            Self::Cancelled => Announced::RequestCancelled,
        }
    }
}

/// What becomes of a test request by itself, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
    /// When silence becomes no access.
    pub expires_at: Timestamp,
}

/// The domain of the addresses that decide by themselves (RFC 2606, section 2): no mail ever goes there.
const DOMAIN: &str = "test.invalid";
/// `expire@` waits so long, so that it is seen open.
const SOON: Duration = Duration::from_secs(1);
const SLOWEST: u64 = 3600;

impl Fate {
    /// What the address says, for a request made now that would otherwise expire at a time.
    pub fn of(email: &EmailAddress, now: Timestamp, expires_at: Timestamp) -> Self {
        let expires = |expires_at| Self {
            outcome: Outcome::Expired,
            at: expires_at,
            expires_at,
        };
        match magic(email) {
            None => expires(expires_at),
            Some((Outcome::Expired, after)) => expires(expires_at.min(now.plus(after))),
            // One that is too slow expires.
            Some((_, after)) if now.plus(after) > expires_at => expires(expires_at),
            Some((outcome, after)) => Self {
                outcome,
                at: now.plus(after),
                expires_at,
            },
        }
    }
}

/// What an address decides, and after which time; none where it is a usual one.
pub fn magic(email: &EmailAddress) -> Option<(Outcome, Duration)> {
    let (local, domain) = email.key().rsplit_once('@')?;
    if domain != DOMAIN {
        return None;
    }
    match local {
        "approve" => Some((Outcome::Approved, Duration::ZERO)),
        "reject" => Some((Outcome::Rejected, Duration::ZERO)),
        "expire" => Some((Outcome::Expired, SOON)),
        slow => {
            let (name, after) = slow.split_once('+')?;
            let outcome = match name {
                "slow-approve" => Outcome::Approved,
                "slow-reject" => Outcome::Rejected,
                _ => return None,
            };
            let seconds: u64 = after.strip_suffix('s')?.parse().ok()?;
            (seconds <= SLOWEST).then(|| (outcome, Duration::from_secs(seconds)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Option<(Outcome, u64)> {
        let magic = magic(&EmailAddress::parse(address).unwrap());
        magic.map(|(outcome, after)| (outcome, after.as_secs()))
    }

    #[test]
    fn a_few_addresses_decide_by_themselves() {
        assert_eq!(of("approve@test.invalid"), Some((Outcome::Approved, 0)));
        assert_eq!(of("Reject@TEST.invalid"), Some((Outcome::Rejected, 0)));
        assert_eq!(of("expire@test.invalid"), Some((Outcome::Expired, 1)));
        let slow = Some((Outcome::Approved, 10));
        assert_eq!(of("slow-approve+10s@test.invalid"), slow);
        let slowest = Some((Outcome::Rejected, 3600));
        assert_eq!(of("slow-reject+3600s@test.invalid"), slowest);
    }

    #[test]
    fn every_other_address_waits() {
        for usual in [
            "approve@example.com",
            "approve@sub.test.invalid",
            "approve@test.invalid.example",
            "approved@test.invalid",
            "slow-approve@test.invalid",
            "slow-approve+10@test.invalid",
            "slow-approve+3601s@test.invalid",
            "slow-approve+-1s@test.invalid",
            "slow-expire+1s@test.invalid",
            "joris@test.invalid",
        ] {
            assert_eq!(of(usual), None, "{usual}");
        }
    }

    #[test]
    fn nothing_is_decided_after_it_expired() {
        let now = Timestamp::from_seconds(1_000);
        let fate = |address| {
            let email = EmailAddress::parse(address).unwrap();
            Fate::of(&email, now, Timestamp::from_seconds(1_060))
        };
        let in_time = fate("slow-approve+60s@test.invalid");
        assert_eq!(in_time.outcome, Outcome::Approved);
        let too_slow = fate("slow-approve+61s@test.invalid");
        assert_eq!(too_slow.outcome, Outcome::Expired);
        assert_eq!(too_slow.at, too_slow.expires_at);
        let soon = fate("expire@test.invalid");
        assert_eq!(soon.expires_at, Timestamp::from_seconds(1_001));
    }
}
