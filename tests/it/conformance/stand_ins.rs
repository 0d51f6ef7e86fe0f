//! Stand-ins: who stands in for whom, and what hangs on that.

use esecured::{
    domain::{
        people::{AdministratorId, Capacity, InvitationId, StandInId},
        request::{Decider, Door, RequestState},
        timestamp::Timestamp,
    },
    store::{
        Tx, accounts, aliases, appointments,
        invitations::{self, Invitation},
        people, requests, rights, stand_in_lists,
        stand_ins::{self, StandIn, Turn},
    },
};

use super::{NOON, Place, TULIPS, after, email, number};
use crate::support::{Database, on_both_databases};

const ROSES: &str = "998877665";

/// Anna of Tulips is away from 10 to 20 seconds after noon; Dora, who has no account, stands in.
pub struct Away {
    pub place: Place,
    pub anna: AdministratorId,
    pub dora: AdministratorId,
    pub named: StandIn,
}

impl Away {
    pub async fn on(database: Database) -> Self {
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

    pub fn turn(&self) -> Turn {
        Turn {
            account: number(TULIPS),
            stand_in: self.named.clone(),
        }
    }
}

pub async fn gives(tx: &mut Tx, away: &Away, at: Timestamp) -> bool {
    stand_ins::give_right(tx, &number(TULIPS), &away.named, at)
        .await
        .unwrap()
}

pub async fn capacity(tx: &mut Tx, who: AdministratorId, at: Timestamp) -> Option<Capacity> {
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

async fn whoever_has_to_do_with_it_finds_it_in_a_list(database: Database) {
    let away = Away::on(database).await;
    let bram = away.place.administrator("bram@example.com", TULIPS).await;
    let carla = away.place.administrator("carla@example.com", ROSES).await;
    let mut tx = away.place.tx().await;
    assert!(gives(&mut tx, &away, after(10)).await);
    for (at, is_there) in [(NOON, 1), (after(19), 1), (after(20), 0)] {
        assert_eq!(
            stand_in_lists::all(&mut tx, at).await.unwrap().len(),
            is_there
        );
        // Dora has no account of her own: nobody is her colleague.
        for (who, stands_in, is_colleague) in [
            (away.anna, 0, 1),
            (away.dora, 1, 0),
            (bram, 0, 1),
            (carla, 0, 0),
        ] {
            let of_person = stand_in_lists::of_person(&mut tx, who, at).await.unwrap();
            assert_eq!(of_person.len(), stands_in * is_there);
            let for_colleagues = stand_in_lists::for_colleagues(&mut tx, who, at)
                .await
                .unwrap();
            assert_eq!(for_colleagues.len(), is_colleague * is_there);
            for found in of_person.iter().chain(&for_colleagues) {
                assert_eq!(found, &away.named);
            }
        }
    }
    assert!(
        stand_ins::end(&mut tx, away.named.id, after(15))
            .await
            .unwrap()
    );
    assert!(stand_in_lists::all(&mut tx, NOON).await.unwrap().is_empty());
    for who in [away.anna, away.dora] {
        assert!(
            stand_in_lists::of_person(&mut tx, who, NOON)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            stand_in_lists::for_colleagues(&mut tx, who, NOON)
                .await
                .unwrap()
                .is_empty()
        );
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

/// Anna comes to Roses after she named Dora, and Dora leaves Tulips.
async fn a_stand_in_is_for_the_accounts_of_when_it_was_named(database: Database) {
    let away = Away::on(database).await;
    let carla = away.place.administrator("carla@example.com", ROSES).await;
    let mut tx = away.place.tx().await;
    let [tulips, roses] = [TULIPS, ROSES].map(number);
    let of = async |tx: &mut Tx| accounts::of_stand_in(tx, away.named.id).await.unwrap();
    let before = of(&mut tx).await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].number, tulips);
    assert!(
        people::appoint(&mut tx, &roses, away.anna, after(1))
            .await
            .unwrap()
    );
    assert_eq!(of(&mut tx).await, before);
    assert!(
        !stand_ins::give_right(&mut tx, &roses, &away.named, after(10))
            .await
            .unwrap()
    );
    let due = stand_ins::beginning(&mut tx, after(10), 9).await.unwrap();
    assert_eq!(due, [away.turn()]);
    let there = stand_ins::of_person_on(&mut tx, &roses, away.dora, after(10)).await;
    assert!(there.unwrap().is_empty());
    for (who, reads) in [(carla, 0), (away.anna, 1)] {
        let read = stand_in_lists::for_colleagues(&mut tx, who, after(10)).await;
        assert_eq!(read.unwrap().len(), reads);
    }
    for (account, was_one) in [(&roses, false), (&tulips, true), (&tulips, false)] {
        let left = stand_ins::leave(&mut tx, account, away.named.id).await;
        assert_eq!(left.unwrap(), was_one);
    }
    assert!(of(&mut tx).await.is_empty());
    assert!(!gives(&mut tx, &away, after(10)).await);
    let due = stand_ins::beginning(&mut tx, after(10), 9).await.unwrap();
    assert!(due.is_empty());
    let read = stand_in_lists::for_colleagues(&mut tx, away.anna, after(10)).await;
    assert!(read.unwrap().is_empty());
}

async fn whose_alias_an_address_is_is_known(database: Database) {
    let away = Away::on(database).await;
    let alias = away.place.person("dora@elsewhere.example").await;
    let mut tx = away.place.tx().await;
    let theirs = aliases::is_theirs(&mut tx, alias, away.dora).await;
    assert!(!theirs.unwrap());
    assert!(
        aliases::insert(&mut tx, alias, away.dora, NOON)
            .await
            .unwrap()
    );
    let theirs = aliases::is_theirs(&mut tx, alias, away.dora).await;
    assert!(theirs.unwrap());
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
    whoever_has_to_do_with_it_finds_it_in_a_list,
    a_stand_in_is_found_until_it_is_over,
    a_stand_in_is_for_the_accounts_of_when_it_was_named,
    whose_alias_an_address_is_is_known,
    a_decision_says_for_whom_it_was,
);
