//! The order of the rules: the first that fits decides.
//!
//! eSecure not active → authorized user (still valid) → outside My Domain → standing rejection →
//! Authorized Domain → ask.

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
    /// The account has domains of its own, and the address is of another.
    OutsideMyDomain,
    /// The address was rejected not long ago.
    StandingRejection,
    /// The verified address is of a domain that the account trusts.
    AuthorizedDomain,
    /// The administrators are asked.
    Ask,
}

words! { Rule {
    EsecureInactive = "esecure-inactive", AuthorizedUser = "authorized-user",
    OutsideMyDomain = "outside-my-domain", StandingRejection = "standing-rejection",
    AuthorizedDomain = "authorized-domain", Ask = "ask",
} }

/// What the rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Whether the account is protected.
    pub esecure: Esecure,
    /// What stands for the address; none where it was never heard of.
    pub standing: Option<Standing>,
    /// Whether the account has domains of its own, and the address is of none of them.
    pub outside_my_domain: bool,
    /// Whether the account trusts the domain of the address.
    pub in_authorized_domain: bool,
    /// Whether the shipping system says that the address belongs to whoever asks.
    pub verified: bool,
    /// Whether the domain of the address pretends to be another, or may do so.
    pub likeness: Likeness,
}

/// Whether a domain pretends to be another, or may do so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Nobody has looked; then no policy approves.
    Unknown,
    /// It does not.
    Genuine,
    /// It looks like a known one.
    LooksKnown,
    /// It is written with other letters than plain ones, which an eye may take for those.
    NotPlain,
}

/// That the rules of an account approve an address: beside a portal session and the operator the
/// only thing that can. [`apply`] alone makes one; it cannot be made elsewhere:
///
/// ```compile_fail,E0423
/// let nobody = esecured::domain::rules::PolicyApproval(());
/// ```
///
/// What can be done with one compiles, so that nothing but that can fail above:
///
/// ```
/// let by: Option<esecured::domain::rules::PolicyApproval> = None;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyApproval(());

/// What the rules say of one address and one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The address may use the number already: there is nothing to decide.
    Allow(Rule),
    /// The address stands rejected already; the request that says so, where there is one.
    Deny(Rule, Option<RequestId>),
    /// A rule approves the request at once; the open one, where the address has asked before.
    Approve(PolicyApproval, Option<RequestId>),
    /// A rule rejects the request at once, likewise.
    Reject(Option<RequestId>),
    /// Nobody has said; the administrators are asked (or have been: the open request).
    Ask(Option<RequestId>),
}

impl Verdict {
    /// The rule behind it.
    pub fn rule(self) -> Rule {
        match self {
            Self::Allow(rule) | Self::Deny(rule, _) => rule,
            Self::Approve(..) => Rule::AuthorizedDomain,
            Self::Reject(_) => Rule::OutsideMyDomain,
            Self::Ask(_) => Rule::Ask,
        }
    }

    /// Whether the address may use the number: `allow`, `deny` or `ask`.
    pub fn decision(self) -> &'static str {
        match self {
            Self::Allow(_) | Self::Approve(..) => "allow",
            Self::Deny(..) | Self::Reject(_) => "deny",
            Self::Ask(_) => "ask",
        }
    }

    /// The request it is about, where there is one.
    pub fn request(self) -> Option<RequestId> {
        match self {
            Self::Allow(_) => None,
            Self::Deny(_, request)
            | Self::Approve(_, request)
            | Self::Reject(request)
            | Self::Ask(request) => request,
        }
    }
}

/// Applies the rules in their order. A rejection stands within `cooldown` of it.
pub fn apply(facts: &Facts, now: Timestamp, cooldown: Duration) -> Verdict {
    if facts.esecure == Esecure::Inactive {
        return Verdict::Allow(Rule::EsecureInactive);
    }
    let mut open = None;
    let mut rejected = None;
    // However long ago: what somebody rejected by name is asked again, and never opened by a rule.
    let was_rejected = matches!(facts.standing, Some(Standing::Rejected { .. }));
    match facts.standing {
        Some(Standing::Approved { until }) if until.is_none_or(|until| now < until) => {
            return Verdict::Allow(Rule::AuthorizedUser);
        }
        Some(Standing::Rejected { at, request }) if now < at.plus(cooldown) => {
            rejected = Some(request);
        }
        Some(Standing::Pending { request }) => open = Some(request),
        Some(Standing::Approved { .. } | Standing::Rejected { .. } | Standing::None) | None => {}
    }
    if facts.outside_my_domain {
        return match rejected {
            // It was said before: nobody is told the same thing twice within the cool-down.
            Some(request) => Verdict::Deny(Rule::OutsideMyDomain, request),
            None => Verdict::Reject(open),
        };
    }
    if let Some(request) = rejected {
        return Verdict::Deny(Rule::StandingRejection, request);
    }
    let is_trusted = facts.in_authorized_domain && facts.verified && !was_rejected;
    if is_trusted && facts.likeness == Likeness::Genuine {
        return Verdict::Approve(PolicyApproval(()), open);
    }
    Verdict::Ask(open)
}

/// Whether the verdict hangs on [`Facts::likeness`], so that somebody has to look.
pub fn hangs_on_likeness(facts: &Facts, now: Timestamp, cooldown: Duration) -> bool {
    let genuine = Facts {
        likeness: Likeness::Genuine,
        ..*facts
    };
    matches!(apply(&genuine, now, cooldown), Verdict::Approve(..))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const COOLDOWN: Duration = Duration::from_secs(1_000);

    /// An unknown, verified address of some domain.
    const UNKNOWN: Facts = Facts {
        esecure: Esecure::Active,
        standing: None,
        outside_my_domain: false,
        in_authorized_domain: false,
        verified: true,
        likeness: Likeness::Genuine,
    };
    const TRUSTED: Facts = Facts {
        in_authorized_domain: true,
        ..UNKNOWN
    };
    const OUTSIDE: Facts = Facts {
        outside_my_domain: true,
        ..UNKNOWN
    };

    fn verdict(facts: Facts) -> Verdict {
        apply(&facts, NOW, COOLDOWN)
    }

    fn with(standing: Standing, facts: Facts) -> Verdict {
        verdict(Facts {
            standing: Some(standing),
            ..facts
        })
    }

    fn rejected(seconds: i64, request: Option<RequestId>) -> Standing {
        Standing::Rejected {
            at: Timestamp::from_seconds(seconds),
            request,
        }
    }

    #[test]
    fn an_account_without_esecure_lets_everybody_through() {
        for facts in [UNKNOWN, OUTSIDE] {
            let facts = Facts {
                esecure: Esecure::Inactive,
                ..facts
            };
            let verdict = with(rejected(1_000_000, None), facts);
            assert_eq!(verdict, Verdict::Allow(Rule::EsecureInactive));
        }
    }

    #[test]
    fn an_authorized_user_is_allowed_until_the_moment_it_ends() {
        let until = |seconds| Standing::Approved {
            until: Some(Timestamp::from_seconds(seconds)),
        };
        let forever = Standing::Approved { until: None };
        for standing in [forever, until(1_000_001)] {
            let allowed = Verdict::Allow(Rule::AuthorizedUser);
            assert_eq!(with(standing, UNKNOWN), allowed);
            // What was granted by name beats the rules by domain.
            assert_eq!(with(standing, OUTSIDE), allowed);
        }
        assert_eq!(with(until(1_000_000), UNKNOWN), Verdict::Ask(None));
        assert_eq!(with(until(1_000_000), OUTSIDE), Verdict::Reject(None));
    }

    #[test]
    fn a_rejection_stands_for_its_cool_down() {
        let request = Some(RequestId::new());
        let stands = Verdict::Deny(Rule::StandingRejection, request);
        assert_eq!(with(rejected(999_001, request), UNKNOWN), stands);
        assert_eq!(
            with(rejected(999_000, request), UNKNOWN),
            Verdict::Ask(None)
        );
        // It beats a trusted domain, and is beaten by one's own.
        assert_eq!(with(rejected(999_001, request), TRUSTED), stands);
        assert_eq!(
            with(rejected(999_001, request), OUTSIDE),
            Verdict::Deny(Rule::OutsideMyDomain, request)
        );
        assert_eq!(
            with(rejected(999_000, request), OUTSIDE),
            Verdict::Reject(None)
        );
    }

    #[test]
    fn whoever_is_unknown_or_waiting_asks_unless_a_rule_by_domain_decides() {
        let request = RequestId::new();
        let waiting = Standing::Pending { request };
        assert_eq!(verdict(UNKNOWN), Verdict::Ask(None));
        assert_eq!(with(waiting, UNKNOWN), Verdict::Ask(Some(request)));
        assert_eq!(verdict(OUTSIDE), Verdict::Reject(None));
        assert_eq!(with(waiting, OUTSIDE), Verdict::Reject(Some(request)));
        let approved = Verdict::Approve(PolicyApproval(()), Some(request));
        assert_eq!(with(waiting, TRUSTED), approved);
    }

    #[test]
    fn outside_my_domain_beats_a_trusted_domain() {
        let both = Facts {
            outside_my_domain: true,
            ..TRUSTED
        };
        assert_eq!(verdict(both), Verdict::Reject(None));
    }

    fn facts() -> impl Strategy<Value = Facts> {
        let standing = prop_oneof![
            Just(None),
            Just(Some(Standing::None)),
            Just(Some(Standing::Approved { until: None })),
            Just(Some(Standing::Approved { until: Some(NOW) })),
            Just(Some(rejected(999_001, None))),
            Just(Some(rejected(999_000, None))),
        ];
        let likeness = prop_oneof![
            Just(Likeness::Unknown),
            Just(Likeness::Genuine),
            Just(Likeness::LooksKnown),
            Just(Likeness::NotPlain),
        ];
        (standing, any::<[bool; 4]>(), likeness).prop_map(
            |(standing, [active, outside, inside, verified], likeness)| Facts {
                esecure: if active {
                    Esecure::Active
                } else {
                    Esecure::Inactive
                },
                standing,
                outside_my_domain: outside,
                in_authorized_domain: inside,
                verified,
                likeness,
            },
        )
    }

    proptest! {
        #[test]
        fn policy_approves_verified_genuine_addresses_of_a_trusted_domain_alone(facts in facts()) {
            if let Verdict::Approve(..) = verdict(facts) {
                prop_assert!(facts.in_authorized_domain && facts.verified);
                prop_assert_eq!(facts.likeness, Likeness::Genuine);
                prop_assert!(!facts.outside_my_domain);
                let was_rejected = matches!(facts.standing, Some(Standing::Rejected { .. }));
                prop_assert!(!was_rejected, "however long ago");
            }
        }

        #[test]
        fn likeness_changes_nothing_where_nobody_has_to_look(facts in facts()) {
            if !hangs_on_likeness(&facts, NOW, COOLDOWN) {
                for likeness in [
                    Likeness::Unknown,
                    Likeness::Genuine,
                    Likeness::LooksKnown,
                    Likeness::NotPlain,
                ] {
                    prop_assert_eq!(verdict(Facts { likeness, ..facts }), verdict(facts));
                }
            }
        }
    }
}
