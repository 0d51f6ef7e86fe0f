//! Stand-ins: rights that begin, count only in their time, and are no appointments.

use esecured::{
    domain::{
        people::{AdministratorId, Capacity, InvitationId, StandInId},
        request::{Decider, Door, RequestState},
        timestamp::Timestamp,
    },
    store::{
        Tx, accounts, aliases, appointments,
        invitations::{self, Invitation},
        people, requests, rights,
        stand_ins::{self, StandIn, Turn},
    },
};

use super::{NOON, Place, TULIPS, after, email, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "998877665";

/// Anna of Tulips is away from 10 to 20 seconds after noon; Dora, who has no account, stands in.
struct Away {
    place: Place,
    anna: AdministratorId,
    dora: AdministratorId,
    named: StandIn,
}

impl Away {
    async fn on(database: Database) -> Self {
        let place = Place::open(database).await;
        place.account(ROSES).await;
        let anna = place.administrator("anna@example.com", TULIPS).await;
        let dora = place.administrator("dora@example.com", TULIPS).await;
        let mut tx = place.tx().await;
        let tulips = number(TULIPS);
        assert!(people::dismiss(&mut tx, &tulips, dora).await.unwrap());
        let person = people::find_person(&mut tx, &email("dora@example.com")).await;
        let named = StandIn {
            id: StandInId::new(),
            absent: anna,
            stand_in: dora,
            person: person.unwrap().unwrap(),
            name: "Dora “van” Dijk".to_owned(),
            from: after(10),
            until: after(20),
            created_at: NOON,
            ended_at: None,
        };
        stand_ins::insert(&mut tx, &named).await.unwrap();
        tx.commit().await.unwrap();
        Self {
            place,
            anna,
            dora,
            named,
        }
    }

    fn turn(&self) -> Turn {
        Turn {
            account: number(TULIPS),
            stand_in: self.named.clone(),
        }
    }
}

async fn gives(tx: &mut Tx, away: &Away, at: Timestamp) -> bool {
    stand_ins::give_right(tx, &number(TULIPS), &away.named, at)
        .await
        .unwrap()
}

async fn capacity(tx: &mut Tx, who: AdministratorId, at: Timestamp) -> Option<Capacity> {
    rights::capacity_now(tx, &number(TULIPS), who, at)
        .await
        .unwrap()
}

async fn an_account_that_somebody_stands_in_for_is_none_of_theirs(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    assert!(gives(&mut tx, &away, after(10)).await);
    for (caller, other) in [(away.anna, away.dora), (away.dora, away.anna)] {
        let shares = appointments::shares_all_accounts(&mut tx, caller, other).await;
        assert!(!shares.unwrap());
    }
}

async fn an_invitation_lasts_as_long_as_the_right_to_its_account(database: Database) {
    let away = Away::on(database).await;
    let of = |account, administrator| Invitation {
        id: InvitationId::new(),
        administrator,
        account: number(account),
        invited_by: None,
        created_at: NOON,
        expires_at: after(60),
        used_at: None,
        revoked_at: None,
    };
    let invited = [
        of(TULIPS, away.anna),
        of(ROSES, away.anna),
        of(TULIPS, away.dora),
        of(ROSES, away.dora),
    ];
    let mut tx = away.place.tx().await;
    for one in &invited {
        invitations::insert(&mut tx, one).await.unwrap();
    }
    // An appointment lasts; a stand-in has a right until its time is over, also before it began.
    for (at, expected) in [
        (NOON, [true, false, true, false]),
        (after(19), [true, false, true, false]),
        (after(20), [true, false, false, false]),
    ] {
        for (one, expected) in invited.iter().zip(expected) {
            let has = invitations::has_right(&mut tx, one.id, at).await;
            assert_eq!(has.unwrap(), expected, "{one:?}");
        }
    }
    for (at, of_dora) in [
        (after(19), [None, Some(19)]),
        (after(20), [Some(20), Some(19)]),
    ] {
        for who in [away.anna, away.dora] {
            invitations::revoke_without_right(&mut tx, who, at)
                .await
                .unwrap();
        }
        let [dora_tulips, dora_roses] = of_dora;
        for (one, revoked) in invited
            .iter()
            .zip([None, Some(19), dora_tulips, dora_roses])
        {
            let found = invitations::find(&mut tx, one.id).await.unwrap().unwrap();
            assert_eq!(found.revoked_at, revoked.map(after), "{one:?}");
        }
    }
    // Whom Anna asked to stand in does so wherever she decides, also if she leaves that one account.
    let asked = Invitation {
        invited_by: Some(away.anna),
        ..of(ROSES, away.dora)
    };
    invitations::insert(&mut tx, &asked).await.unwrap();
    for (at, expected) in [(after(19), true), (after(20), false)] {
        let has = invitations::has_right(&mut tx, asked.id, at).await;
        assert_eq!(has.unwrap(), expected);
    }
    // For one account alone, and of one administrator alone.
    let more = [
        of(TULIPS, away.anna),
        of(ROSES, away.anna),
        of(TULIPS, away.dora),
    ];
    for one in &more {
        invitations::insert(&mut tx, one).await.unwrap();
    }
    invitations::revoke_for(&mut tx, away.anna, &number(TULIPS), after(21))
        .await
        .unwrap();
    for (one, revoked) in more.iter().zip([Some(21), None, None]) {
        let found = invitations::find(&mut tx, one.id).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, revoked.map(after), "{one:?}");
    }
}

async fn a_stand_in_is_found_until_it_is_over(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let found = stand_ins::find(&mut tx, away.named.id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&away.named));
    let unknown = stand_ins::find(&mut tx, StandInId::new()).await.unwrap();
    assert_eq!(unknown, None);
    for (at, is_there) in [(NOON, true), (after(19), true), (after(20), false)] {
        let named = stand_ins::named_by(&mut tx, away.anna, at).await.unwrap();
        assert_eq!(named.is_some(), is_there);
        let tulips = number(TULIPS);
        let of_dora = stand_ins::of_person_on(&mut tx, &tulips, away.dora, at).await;
        assert_eq!(!of_dora.unwrap().is_empty(), is_there);
        let counts = appointments::decides_at_all(&mut tx, away.dora, at).await;
        assert_eq!(counts.unwrap(), is_there);
    }
    let of_dora = stand_ins::named_by(&mut tx, away.dora, NOON).await.unwrap();
    assert_eq!(of_dora, None);
    let roses = number(ROSES);
    let elsewhere = stand_ins::of_person_on(&mut tx, &roses, away.dora, NOON).await;
    assert!(elsewhere.unwrap().is_empty());

    // Ended once, before its time.
    assert!(
        !stand_ins::end(&mut tx, away.named.id, after(20))
            .await
            .unwrap()
    );
    assert!(
        stand_ins::end(&mut tx, away.named.id, after(15))
            .await
            .unwrap()
    );
    assert!(
        !stand_ins::end(&mut tx, away.named.id, after(16))
            .await
            .unwrap()
    );
    let named = stand_ins::named_by(&mut tx, away.anna, NOON).await.unwrap();
    assert_eq!(named, None);
    let found = stand_ins::find(&mut tx, away.named.id).await.unwrap();
    assert_eq!(found.unwrap().ended_at, Some(after(15)));
}

async fn its_turn_comes_and_goes_on_each_account(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let turn = away.turn();
    for (at, due) in [
        (after(9), 0),
        (after(10), 1),
        (after(19), 1),
        (after(20), 0),
    ] {
        let beginning = stand_ins::beginning(&mut tx, at, 9).await.unwrap();
        assert_eq!(beginning.len(), due);
        assert!(beginning.iter().all(|one| *one == turn));
    }
    // Nobody is given a right before or after its time.
    assert!(!gives(&mut tx, &away, after(9)).await);
    assert!(!gives(&mut tx, &away, after(20)).await);
    assert!(gives(&mut tx, &away, after(10)).await);
    assert!(!gives(&mut tx, &away, after(11)).await);
    assert!(
        stand_ins::beginning(&mut tx, after(11), 9)
            .await
            .unwrap()
            .is_empty()
    );
    let expected = [turn];
    assert_eq!(
        stand_ins::rights_by(&mut tx, away.named.id).await.unwrap(),
        expected
    );
    assert_eq!(
        stand_ins::rights_of(&mut tx, away.dora).await.unwrap(),
        expected
    );
    assert!(
        stand_ins::rights_of(&mut tx, away.anna)
            .await
            .unwrap()
            .is_empty()
    );
    let tulips = number(TULIPS);
    let for_anna = stand_ins::rights_for(&mut tx, &tulips, away.anna)
        .await
        .unwrap();
    assert_eq!(for_anna, expected);
    let for_dora = stand_ins::rights_for(&mut tx, &tulips, away.dora)
        .await
        .unwrap();
    assert!(for_dora.is_empty());
    assert!(
        stand_ins::ending(&mut tx, after(19), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        stand_ins::ending(&mut tx, after(20), 9).await.unwrap(),
        expected
    );
    assert!(
        stand_ins::take_right(&mut tx, &tulips, away.named.id)
            .await
            .unwrap()
    );
    assert!(
        !stand_ins::take_right(&mut tx, &tulips, away.named.id)
            .await
            .unwrap()
    );
    assert!(
        stand_ins::ending(&mut tx, after(20), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// The row stays where nobody takes it away; it is worth nothing before and after its time.
async fn a_right_counts_in_its_time_alone(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let tulips = number(TULIPS);
    assert_eq!(
        capacity(&mut tx, away.anna, NOON).await,
        Some(Capacity::Own)
    );
    assert!(gives(&mut tx, &away, after(10)).await);
    let for_anna = Some(Capacity::StandInFor(away.anna));
    for (at, wanted) in [
        (after(9), None),
        (after(10), for_anna),
        (after(19), for_anna),
        (after(20), None),
    ] {
        assert_eq!(capacity(&mut tx, away.dora, at).await, wanted);
        // The control: without a look at the clock she would be let in.
        assert!(
            people::decides_for(&mut tx, &tulips, away.dora)
                .await
                .unwrap()
        );
    }
    // Nor once it was ended, though its time is not over.
    assert!(
        stand_ins::end(&mut tx, away.named.id, after(15))
            .await
            .unwrap()
    );
    assert_eq!(capacity(&mut tx, away.dora, after(16)).await, None);
}

async fn without_an_administrator_nobody_stands_in(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let tulips = number(TULIPS);
    assert!(gives(&mut tx, &away, after(10)).await);
    assert!(people::dismiss(&mut tx, &tulips, away.anna).await.unwrap());
    assert_eq!(capacity(&mut tx, away.dora, after(11)).await, None);
    assert!(
        stand_ins::take_right(&mut tx, &tulips, away.named.id)
            .await
            .unwrap()
    );
    assert!(!gives(&mut tx, &away, after(11)).await);
    assert!(
        stand_ins::beginning(&mut tx, after(11), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn whoever_stands_in_is_no_administrator(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let tulips = number(TULIPS);
    assert!(gives(&mut tx, &away, after(10)).await);
    for (who, is_one) in [(away.anna, true), (away.dora, false)] {
        assert_eq!(
            rights::is_appointed(&mut tx, &tulips, who).await.unwrap(),
            is_one
        );
        let now = rights::is_appointed_now(&mut tx, &tulips, who).await;
        assert_eq!(now.unwrap(), is_one);
        let own = accounts::appointed_of(&mut tx, who).await.unwrap();
        assert_eq!(own.len(), usize::from(is_one));
        let all = accounts::of_administrator(&mut tx, who).await.unwrap();
        assert_eq!(all.len(), 1);
    }
    let appointed = rights::appointed_to(&mut tx, &tulips).await.unwrap();
    assert_eq!(appointed.len(), 1);
    assert_eq!(appointed[0].id, away.anna);
    let deciding = people::administrators_of(&mut tx, &tulips).await.unwrap();
    assert_eq!(deciding.len(), 2);
    assert_eq!(people::appointments(&mut tx).await.unwrap().len(), 1);
    assert_eq!(accounts::counts(&mut tx).await.unwrap()[0].1, 1);
    let seen = appointments::colleagues(&mut tx, away.anna, NOON)
        .await
        .unwrap();
    assert_eq!(seen.len(), 1);
    assert!(
        appointments::colleagues(&mut tx, away.dora, NOON)
            .await
            .unwrap()
            .is_empty()
    );
    for (caller, other) in [(away.anna, away.dora), (away.dora, away.anna)] {
        let found = appointments::colleague_on(&mut tx, caller, &tulips, other).await;
        assert!(found.unwrap().is_none());
    }
    // Anna is the last one, though Dora could sign in.
    people::set_password(&mut tx, away.dora, "hash", NOON)
        .await
        .unwrap();
    let others = appointments::others_can_sign_in(&mut tx, &tulips, away.anna).await;
    assert!(!others.unwrap());
    let left = appointments::dismiss_unless_last(&mut tx, &tulips, away.anna).await;
    assert!(!left.unwrap());
    people::set_password(&mut tx, away.anna, "hash", NOON)
        .await
        .unwrap();
    let left = appointments::dismiss_unless_last(&mut tx, &tulips, away.dora).await;
    assert!(!left.unwrap(), "that is no appointment");
    assert!(!people::dismiss(&mut tx, &tulips, away.dora).await.unwrap());

    // Appointed, she decides in her own right, and no end of her time takes that away.
    assert!(
        people::appoint(&mut tx, &tulips, away.dora, after(12))
            .await
            .unwrap()
    );
    assert!(
        !people::appoint(&mut tx, &tulips, away.dora, after(13))
            .await
            .unwrap()
    );
    assert_eq!(
        capacity(&mut tx, away.dora, after(30)).await,
        Some(Capacity::Own)
    );
    assert!(
        !stand_ins::take_right(&mut tx, &tulips, away.named.id)
            .await
            .unwrap()
    );
    assert!(!gives(&mut tx, &away, after(14)).await);
}

async fn whose_alias_an_address_is_is_known(database: Database) {
    let away = Away::on(database).await;
    let alias = away.place.person("dora@elsewhere.example").await;
    let mut tx = away.place.tx().await;
    assert_eq!(aliases::owner_of(&mut tx, alias).await.unwrap(), None);
    assert!(
        aliases::insert(&mut tx, alias, away.dora, NOON)
            .await
            .unwrap()
    );
    let owner = aliases::owner_of(&mut tx, alias).await.unwrap();
    assert_eq!(owner, Some(away.dora));
}

async fn a_decision_says_for_whom_it_was(database: Database) {
    let away = Away::on(database).await;
    let mut request = away.place.request("joris@example.com").await;
    let mut tx = away.place.tx().await;
    request.state = RequestState::Rejected {
        by: Decider::StandIn {
            by: away.dora,
            absent: away.anna,
        },
        at: after(12),
        door: Door::Link,
    };
    assert!(requests::close(&mut tx, &request).await.unwrap());
    let found = requests::find(&mut tx, request.id).await.unwrap().unwrap();
    assert_eq!(found.state, request.state);
    request.state = RequestState::Pending;
    assert!(
        requests::reopen(&mut tx, &request, after(12))
            .await
            .unwrap()
    );
    let found = requests::find(&mut tx, request.id).await.unwrap().unwrap();
    assert_eq!(found.state.decided_for(), None);
}

on_both_databases!(
    an_account_that_somebody_stands_in_for_is_none_of_theirs,
    an_invitation_lasts_as_long_as_the_right_to_its_account,
    a_stand_in_is_found_until_it_is_over,
    its_turn_comes_and_goes_on_each_account,
    a_right_counts_in_its_time_alone,
    without_an_administrator_nobody_stands_in,
    whoever_stands_in_is_no_administrator,
    whose_alias_an_address_is_is_known,
    a_decision_says_for_whom_it_was,
);
