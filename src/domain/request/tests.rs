//! Whatever comes, the first closing stays, and mail never opens.

use proptest::prelude::*;

use super::*;
use crate::domain::people::SessionId;

fn anna() -> SignedIn {
    SignedIn::by_session(SessionId("anna".to_owned()), AdministratorId::new())
}

const NOON: Timestamp = Timestamp::from_seconds(43_200);
const WINDOW: std::time::Duration = std::time::Duration::from_secs(900);

#[test]
fn undo_takes_back_a_rejection_by_mail_in_its_window_and_nothing_else() {
    let by_link = RequestState::Pending
        .reject_by_mail(AdministratorId::new(), Capacity::Own, MailDoor::Link, NOON)
        .unwrap();
    assert_eq!(by_link.undo(NOON, WINDOW), Ok(RequestState::Pending));
    assert_eq!(by_link.undo(NOON.plus(WINDOW), WINDOW), Err(NothingToUndo));

    let by_portal = RequestState::Pending
        .reject(&anna(), Capacity::Own, NOON)
        .unwrap();
    assert_eq!(by_portal.undo(NOON, WINDOW), Err(NothingToUndo));
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Approve,
    Reject,
    RejectByMail(MailDoor),
    RejectByPolicy,
    Expire,
    Cancel,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Approve),
        Just(Step::Reject),
        Just(Step::RejectByMail(MailDoor::Link)),
        Just(Step::RejectByMail(MailDoor::Reply)),
        Just(Step::RejectByPolicy),
        Just(Step::Expire),
        Just(Step::Cancel),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_the_first_closing_stays(steps in prop::collection::vec(step(), 1..12)) {
        let mut state = RequestState::Pending;
        let mut first = None;
        for (index, step) in steps.iter().enumerate() {
            let at = Timestamp::from_seconds(i64::try_from(index).unwrap());
            let next = match *step {
                Step::Approve => state.approve(&anna(), Capacity::Own, at),
                Step::Reject => state.reject(&anna(), Capacity::Own, at),
                Step::RejectByMail(door) => {
                    state.reject_by_mail(AdministratorId::new(), Capacity::Own, door, at)
                }
                Step::RejectByPolicy => state.reject_by_policy(at),
                Step::Expire => state.expire(at),
                Step::Cancel => state.cancel(Canceller::Client, at),
            };
            prop_assert_eq!(next.is_ok(), first.is_none());
            state = next.unwrap_or(state);
            let closed = *first.get_or_insert(state);
            prop_assert_eq!(state, closed);
            if let Step::RejectByMail(_) = step {
                prop_assert!(first != Some(RequestState::Pending));
            }
        }
    }

    #[test]
    fn what_came_by_mail_is_never_an_approval(link in any::<bool>()) {
        let door = if link { MailDoor::Link } else { MailDoor::Reply };
        let state = RequestState::Pending
            .reject_by_mail(AdministratorId::new(), Capacity::Own, door, NOON)
            .unwrap();
        prop_assert_eq!(state.status(), Status::Rejected);
    }
}
