//! Whoever looks, waits, reads the feed or is called sees the same: random histories go through all
//! doors, and a small model of them says what each of the four views must show.
//!
//! The histories are the same in each run; what they must have met is said at the end.

mod model;
mod story;

use std::{cell::RefCell, collections::BTreeSet};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::support::Database;
use story::Story;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requester {
    Joris,
    Mila,
}

/// One thing that happens; nothing comes of it where it cannot happen.
#[derive(Clone, Copy, Debug)]
enum Step {
    Asks(Requester),
    IsRejectedByLink(Requester),
    IsRejectedByReply(Requester),
    IsApproved(Requester),
    IsRejected(Requester),
    HasRejectionUndone(Requester),
    /// What stood for the address is turned round in the portal: a revoke, or the opposite.
    IsOverturned(Requester),
    IsTakenBack(Requester),
    /// Two weeks pass.
    Expire,
    /// Every mail about the open request comes back.
    MailsBounce(Requester),
}

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![Just(Requester::Joris), Just(Requester::Mila)];
    prop_oneof![
        6 => who.clone().prop_map(Step::Asks),
        2 => who.clone().prop_map(Step::IsRejectedByLink),
        2 => who.clone().prop_map(Step::IsRejectedByReply),
        3 => who.clone().prop_map(Step::IsApproved),
        1 => who.clone().prop_map(Step::IsRejected),
        3 => who.clone().prop_map(Step::HasRejectionUndone),
        4 => who.clone().prop_map(Step::IsOverturned),
        1 => who.clone().prop_map(Step::IsTakenBack),
        1 => Just(Step::Expire),
        1 => who.prop_map(Step::MailsBounce),
    ]
}

/// Runs so many histories; the kinds of events that were met.
fn histories(database: Database, cases: u32, steps: usize) -> BTreeSet<String> {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let met = RefCell::new(BTreeSet::new());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let all_agree = |steps: Vec<Step>| {
        let mut kinds = runtime.block_on(Story::is_told(database, &steps));
        met.borrow_mut().append(&mut kinds);
        Ok(())
    };
    TestRunner::new_with_rng(config, rng)
        .run(&vec(step(), steps), all_agree)
        .unwrap_or_else(|failed| panic!("{failed}"));
    met.into_inner()
}

#[test]
fn whatever_happens_all_four_views_show_it_alike() {
    let met = histories(Database::Sqlite, 12, 18);
    let all = [
        "access_request.approved",
        "access_request.cancelled",
        "access_request.created",
        "access_request.expired",
        "access_request.rejected",
        "access_request.reopened",
        "access_request.unreachable",
        "authorized_user.added",
        "authorized_user.revoked",
    ];
    assert_eq!(met, all.map(str::to_owned).into());
}

#[test]
fn whatever_happens_on_postgresql_all_four_views_show_it_alike() {
    let met = histories(Database::Postgres, 2, 18);
    assert!(met.len() > 3, "{met:?}");
}
