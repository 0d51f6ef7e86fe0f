//! Rights of stand-ins: they begin, count only in their time, and are no appointments.

use esecured::{
    domain::people::Capacity,
    store::{
        accounts, appointments,
        link_generations::{self, LinkGeneration},
        people, rights, stand_ins,
    },
};

use super::{
    NOON, TULIPS, after, number,
    stand_ins::{Away, capacity, gives},
};
use crate::support::{Database, on_both_databases};

async fn each_end_begins_another_generation_of_links(database: Database) {
    let away = Away::on(database).await;
    let mut tx = away.place.tx().await;
    let tulips = number(TULIPS);
    let none = LinkGeneration::default();
    for (number_then, at) in [(1, after(1)), (2, after(5))] {
        link_generations::end(&mut tx, &tulips, away.dora, at)
            .await
            .unwrap();
        let now = link_generations::current(&mut tx, &tulips, away.dora).await;
        let now = now.unwrap();
        assert_eq!((now.number, now.since), (number_then, Some(at)));
        assert!(now.outlived(at) && !now.outlived(after(6)));
    }
    // Of each for itself.
    let annas = link_generations::current(&mut tx, &tulips, away.anna).await;
    assert_eq!(annas.unwrap(), none);
    assert!(!none.outlived(after(0)));
    for _ in 2..256 {
        link_generations::end(&mut tx, &tulips, away.dora, after(7))
            .await
            .unwrap();
    }
    let now = link_generations::current(&mut tx, &tulips, away.dora).await;
    assert_eq!(now.unwrap().number, 0);
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
    appointments::note_sign_in(&mut tx, away.dora, NOON)
        .await
        .unwrap();
    let others = appointments::others_signed_in(&mut tx, &tulips, away.anna).await;
    assert!(!others.unwrap());
    let left = appointments::dismiss_unless_last(&mut tx, &tulips, away.anna).await;
    assert!(!left.unwrap());
    appointments::note_sign_in(&mut tx, away.anna, NOON)
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

on_both_databases!(
    each_end_begins_another_generation_of_links,
    its_turn_comes_and_goes_on_each_account,
    a_right_counts_in_its_time_alone,
    without_an_administrator_nobody_stands_in,
    whoever_stands_in_is_no_administrator,
);
