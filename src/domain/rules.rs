//! The order of the rules: the first that fits decides.

use std::time::Duration;

use super::{
    account::Esecure, entry::Standing, request::RequestId, timestamp::Timestamp, words::words,
};

/// The rule that decided, or that let the administrators decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// eSecure is not active on the account: everybody may use the number.
    EsecureInactive,
    /// The address is an authorized user of the account.
    AuthorizedUser,
    /// The address was rejected not long ago.
    StandingRejection,
    /// The administrators are asked.
    Ask,
}

words! { Rule {
    EsecureInactive = "esecure-inactive", AuthorizedUser = "authorized-user",
    StandingRejection = "standing-rejection", Ask = "ask",
} }

/// What the rules say of one address and one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The address may use the number.
    Allow(Rule),
    /// The address may not; the rejected request that says so, where there is one.
    Deny(Rule, Option<RequestId>),
    /// Nobody has said; the administrators are asked (or have been: the open request).
    Ask(Option<RequestId>),
}

impl Verdict {
    /// The rule behind it.
    pub fn rule(self) -> Rule {
        match self {
            Self::Allow(rule) | Self::Deny(rule, _) => rule,
            Self::Ask(_) => Rule::Ask,
        }
    }
}

/// Applies the rules in their order: eSecure not active, authorized user (still valid), standing
/// rejection (within `cooldown` of it), ask.
pub fn apply(
    esecure: Esecure,
    standing: Option<&Standing>,
    now: Timestamp,
    cooldown: Duration,
) -> Verdict {
    if esecure == Esecure::Inactive {
        return Verdict::Allow(Rule::EsecureInactive);
    }
    match standing {
        Some(Standing::Approved { until }) if until.is_none_or(|until| now < until) => {
            Verdict::Allow(Rule::AuthorizedUser)
        }
        Some(Standing::Rejected { at, request }) if now < at.plus(cooldown) => {
            Verdict::Deny(Rule::StandingRejection, *request)
        }
        Some(Standing::Pending { request }) => Verdict::Ask(Some(*request)),
        Some(Standing::Approved { .. } | Standing::Rejected { .. } | Standing::None) | None => {
            Verdict::Ask(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const COOLDOWN: Duration = Duration::from_secs(1_000);

    fn verdict(standing: Standing) -> Verdict {
        apply(Esecure::Active, Some(&standing), NOW, COOLDOWN)
    }

    #[test]
    fn an_account_without_esecure_lets_everybody_through() {
        let rejected = Standing::Rejected {
            at: NOW,
            request: None,
        };
        assert_eq!(
            apply(Esecure::Inactive, Some(&rejected), NOW, COOLDOWN),
            Verdict::Allow(Rule::EsecureInactive)
        );
    }

    #[test]
    fn an_authorized_user_is_allowed_until_the_moment_it_ends() {
        let until = |seconds| Standing::Approved {
            until: Some(Timestamp::from_seconds(seconds)),
        };
        assert_eq!(
            verdict(Standing::Approved { until: None }),
            Verdict::Allow(Rule::AuthorizedUser)
        );
        assert_eq!(
            verdict(until(1_000_001)),
            Verdict::Allow(Rule::AuthorizedUser)
        );
        assert_eq!(verdict(until(1_000_000)), Verdict::Ask(None));
    }

    #[test]
    fn a_rejection_stands_for_its_cool_down() {
        let request = Some(RequestId::new());
        let rejected = |seconds| Standing::Rejected {
            at: Timestamp::from_seconds(seconds),
            request,
        };
        assert_eq!(
            verdict(rejected(999_001)),
            Verdict::Deny(Rule::StandingRejection, request)
        );
        assert_eq!(verdict(rejected(999_000)), Verdict::Ask(None));
    }

    #[test]
    fn whoever_is_unknown_or_waiting_asks() {
        let request = RequestId::new();
        assert_eq!(
            apply(Esecure::Active, None, NOW, COOLDOWN),
            Verdict::Ask(None)
        );
        assert_eq!(
            verdict(Standing::Pending { request }),
            Verdict::Ask(Some(request))
        );
    }
}
