//! Who hears of our mails: what is known of addresses, and the requests that nobody hears of.

use esecured::{
    domain::{
        address_state::AddressState::{self, Fine, Soft, Unreachable},
        message::MessageId,
        people::AdministratorId,
        request::AccessRequest,
    },
    store::{
        hearing, notifications,
        outbox::{self, Settlement},
        people, queue, requests,
    },
};

use super::{NOON, Place, TULIPS, after, message, number};
use crate::support::{Database, on_both_databases};

/// A request about which Anna was mailed.
struct Mailed {
    place: Place,
    request: AccessRequest,
    anna: AdministratorId,
}

impl Mailed {
    async fn on(database: Database) -> Self {
        let place = Place::open(database).await;
        let anna = place.administrator("anna@example.com", TULIPS).await;
        let request = place.request("joris@example.com").await;
        Self {
            place,
            request,
            anna,
        }
    }

    /// An approval mail that was settled so, at this second after noon.
    async fn mail(&self, occasion: &str, settlement: Settlement, at: u64) -> MessageId {
        let person = self.place.person("anna@example.com").await;
        let mut message = message(&self.request, person, self.anna);
        message.occasion = occasion.to_owned();
        let mut tx = self.place.tx().await;
        assert!(outbox::enqueue(&mut tx, &message, after(at)).await.unwrap());
        let leased = outbox::lease(&mut tx, "me", after(at), after(at + 30), 9)
            .await
            .unwrap();
        assert!(
            outbox::settle(&mut tx, &leased[0], &settlement, after(at))
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
        message.id
    }

    async fn knows(&self, known: AddressState, state: AddressState, at: u64) -> bool {
        let mut tx = self.place.tx().await;
        let set = hearing::set_address_state(&mut tx, self.anna, known, state, after(at)).await;
        tx.commit().await.unwrap();
        set.unwrap()
    }

    async fn is_heard(&self) -> bool {
        let mut conn = self.place.store.read().await.unwrap();
        hearing::somebody_hears(&mut conn, self.request.id)
            .await
            .unwrap()
    }

    async fn state(&self) -> AddressState {
        let mut conn = self.place.store.read().await.unwrap();
        let anna = people::find_administrator(&mut conn, self.anna)
            .await
            .unwrap();
        anna.unwrap().address_state
    }
}

async fn what_is_known_of_an_address_changes_only_from_what_was_known(database: Database) {
    let mailed = Mailed::on(database).await;
    assert_eq!(mailed.state().await, Fine);
    assert!(mailed.knows(Fine, Soft, 1).await);
    assert!(!mailed.knows(Fine, Unreachable, 2).await);
    assert_eq!(mailed.state().await, Soft);
    assert!(mailed.knows(Soft, Unreachable, 3).await);
    let mut tx = mailed.place.tx().await;
    assert!(
        hearing::set_fine(&mut tx, mailed.anna, after(4))
            .await
            .unwrap()
    );
    assert!(
        !hearing::set_fine(&mut tx, mailed.anna, after(5))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(mailed.state().await, Fine);
    let refused = mailed
        .place
        .says("UPDATE administrator SET address_state = 'asleep'")
        .await;
    assert!(refused.is_err(), "the table knows the words");
}

async fn a_mail_comes_back_once_and_a_retry_takes_that_back(database: Database) {
    let mailed = Mailed::on(database).await;
    let id = mailed.mail("", Settlement::Delivered, 0).await;
    let mut tx = mailed.place.tx().await;
    assert!(!hearing::forget_bounce(&mut tx, id).await.unwrap());
    assert!(hearing::set_bounced(&mut tx, id, after(9)).await.unwrap());
    assert!(!hearing::set_bounced(&mut tx, id, after(10)).await.unwrap());
    let of_request = notifications::of_request(&mut tx, mailed.request.id)
        .await
        .unwrap();
    assert_eq!(
        (of_request[0].state, of_request[0].at),
        ("bounced", after(9))
    );
    assert!(hearing::forget_bounce(&mut tx, id).await.unwrap());
    let of_request = notifications::of_request(&mut tx, mailed.request.id)
        .await
        .unwrap();
    assert_eq!(
        (of_request[0].state, of_request[0].at),
        ("delivered", after(0))
    );
}

async fn a_request_is_heard_of_by_whoever_can_be_reached_and_got_its_mail(database: Database) {
    let mailed = Mailed::on(database).await;
    assert!(mailed.is_heard().await, "no mail yet says nothing");
    let reason = "550".to_owned();
    mailed.mail("", Settlement::Failed { reason }, 0).await;
    assert!(!mailed.is_heard().await);
    let id = {
        let mut tx = mailed.place.tx().await;
        let queued = outbox::find(&mut tx, all(&mailed).await[0])
            .await
            .unwrap()
            .unwrap();
        assert!(queue::retry(&mut tx, queued.id, after(1)).await.unwrap());
        tx.commit().await.unwrap();
        queued.id
    };
    assert!(mailed.is_heard().await);
    let mut tx = mailed.place.tx().await;
    hearing::set_bounced(&mut tx, id, after(2)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        mailed.is_heard().await,
        "the address works, as was shown since"
    );
    assert!(mailed.knows(Fine, Soft, 3).await);
    assert!(!mailed.is_heard().await);
    assert!(mailed.knows(Soft, Unreachable, 4).await);
    assert!(!mailed.is_heard().await);
    // Somebody else hears of it.
    mailed.place.administrator("bram@example.com", TULIPS).await;
    assert!(mailed.is_heard().await);
    mailed
        .place
        .says("DELETE FROM account_administrator")
        .await
        .unwrap();
    assert!(!mailed.is_heard().await);
}

/// The messages there are.
async fn all(mailed: &Mailed) -> Vec<MessageId> {
    let mut conn = mailed.place.store.read().await.unwrap();
    let listed = queue::list(&mut conn, NOON, 9).await.unwrap();
    listed.iter().map(|one| one.message.id).collect()
}

async fn what_nobody_hears_of_is_noted_once(database: Database) {
    let mailed = Mailed::on(database).await;
    let closed = mailed.place.request("kees@example.com").await;
    mailed
        .place
        .says(&format!(
            "UPDATE access_request SET status = 'expired', decided_at = 1, door = 'timer' WHERE id = '{}'",
            closed.id
        ))
        .await
        .unwrap();
    let account = number(TULIPS);
    let mut tx = mailed.place.tx().await;
    let heard = hearing::note_unheard_of(&mut tx, &account, after(1))
        .await
        .unwrap();
    assert!(heard.is_empty());
    let heard = hearing::note_if_unheard(&mut tx, mailed.request.id, after(1)).await;
    assert!(heard.unwrap().is_none());
    tx.commit().await.unwrap();

    assert!(mailed.knows(Fine, Unreachable, 2).await);
    let later = mailed.place.request("loes@example.com").await;
    let mut tx = mailed.place.tx().await;
    let one = hearing::note_if_unheard(&mut tx, later.id, after(3))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((one.id, one.requester), (later.id, later.requester));
    assert_eq!((&one.number, &one.account), (&later.number, &account));
    let rest = hearing::note_unheard_of(&mut tx, &account, after(4))
        .await
        .unwrap();
    let rest: Vec<_> = rest.iter().map(|one| one.id).collect();
    assert_eq!(rest, [mailed.request.id]);
    for id in [later.id, mailed.request.id, closed.id] {
        let again = hearing::note_if_unheard(&mut tx, id, after(5))
            .await
            .unwrap();
        assert!(again.is_none());
    }
    assert!(
        hearing::note_unheard_of(&mut tx, &account, after(6))
            .await
            .unwrap()
            .is_empty()
    );
    let noted = requests::find(&mut tx, later.id).await.unwrap().unwrap();
    assert_eq!(
        noted.updated_at,
        after(3),
        "whoever waits for a change is woken"
    );
    tx.commit().await.unwrap();
}

async fn an_address_is_mended_by_a_mail_that_did_not_come_back(database: Database) {
    let mailed = Mailed::on(database).await;
    let mended = async |until: u64| {
        let mut conn = mailed.place.store.read().await.unwrap();
        hearing::silently_mended(&mut conn, after(until))
            .await
            .unwrap()
    };
    mailed.mail("before", Settlement::Delivered, 0).await;
    assert!(mended(99).await.is_empty(), "nothing is wrong with it");
    assert!(mailed.knows(Fine, Unreachable, 10).await);
    assert!(mended(99).await.is_empty());
    let id = mailed.mail("after", Settlement::Delivered, 20).await;
    assert!(mended(19).await.is_empty());
    assert_eq!(mended(20).await, [mailed.anna]);
    let mut tx = mailed.place.tx().await;
    hearing::set_bounced(&mut tx, id, after(30)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(mended(99).await.is_empty());
}

on_both_databases! {
    what_is_known_of_an_address_changes_only_from_what_was_known,
    a_mail_comes_back_once_and_a_retry_takes_that_back,
    a_request_is_heard_of_by_whoever_can_be_reached_and_got_its_mail,
    what_nobody_hears_of_is_noted_once,
    an_address_is_mended_by_a_mail_that_did_not_come_back,
}
