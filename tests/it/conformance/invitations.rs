//! Invitations: each is used once at most, in its time, and only where no password was ever set.

use esecured::{
    domain::people::{AdministratorId, InvitationId},
    store::{
        invitations::{self, Invitation},
        people,
    },
};

use super::{NOON, Place, TULIPS, after, number};
use crate::support::{Database, on_both_databases};

fn invitation(to: AdministratorId, by: Option<AdministratorId>) -> Invitation {
    Invitation {
        id: InvitationId::new(),
        administrator: to,
        account: number(TULIPS),
        invited_by: by,
        created_at: NOON,
        expires_at: after(60),
        used_at: None,
        revoked_at: None,
    }
}

async fn an_invitation_comes_back_as_it_went_in(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let carla = place.administrator("carla@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    for by in [None, Some(anna)] {
        let invitation = invitation(carla, by);
        invitations::insert(&mut tx, &invitation).await.unwrap();
        let found = invitations::find(&mut tx, invitation.id).await.unwrap();
        assert_eq!(found, Some(invitation));
    }
    let unknown = invitations::find(&mut tx, InvitationId::new()).await;
    assert_eq!(unknown.unwrap(), None);
}

async fn an_invitation_is_used_once_and_in_time(database: Database) {
    let place = Place::open(database).await;
    let carla = place.administrator("carla@example.com", TULIPS).await;
    let [used, late, revoked] = [(); 3].map(|()| invitation(carla, None));
    let mut tx = place.tx().await;
    for one in [&used, &late, &revoked] {
        invitations::insert(&mut tx, one).await.unwrap();
    }
    let uses = [(&used, 59, true), (&used, 59, false), (&late, 60, false)];
    for (one, at, expected) in uses {
        let used = invitations::use_up(&mut tx, one.id, after(at)).await;
        assert_eq!(used.unwrap(), expected);
    }
    invitations::revoke_all_of(&mut tx, carla, after(30))
        .await
        .unwrap();
    assert!(
        !invitations::use_up(&mut tx, revoked.id, after(31))
            .await
            .unwrap()
    );
    let found = invitations::find(&mut tx, revoked.id).await.unwrap();
    assert_eq!(found.unwrap().revoked_at, Some(after(30)));
    // What was used stays used: it was not taken back.
    let found = invitations::find(&mut tx, used.id).await.unwrap().unwrap();
    assert_eq!((found.used_at, found.revoked_at), (Some(after(59)), None));
}

async fn a_first_password_is_set_only_where_none_was_ever_set(database: Database) {
    let place = Place::open(database).await;
    let carla = place.administrator("carla@example.com", TULIPS).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    let mut tx = place.tx().await;
    assert!(!people::has_password(&mut tx, carla).await.unwrap());
    for (hash, expected) in [("first", true), ("second", false)] {
        let set = people::set_first_password(&mut tx, carla, hash, NOON).await;
        assert_eq!(set.unwrap(), expected);
    }
    assert!(people::has_password(&mut tx, carla).await.unwrap());
    assert!(!people::has_password(&mut tx, anna).await.unwrap());
    let hash = people::password_now(&mut tx, carla).await.unwrap();
    assert_eq!(hash.as_deref(), Some("first"));
}

on_both_databases!(
    an_invitation_comes_back_as_it_went_in,
    an_invitation_is_used_once_and_in_time,
    a_first_password_is_set_only_where_none_was_ever_set,
);
