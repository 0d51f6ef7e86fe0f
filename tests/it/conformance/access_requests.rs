//! Access requests: every state comes back as it went in, and only an open one can be closed.

use esecured::{
    domain::{
        note::Note,
        people::{AdministratorId, Capacity},
        request::{Canceller, Decider, Door, MailDoor, RequestId, RequestState, Status},
        request_number::RequestNumber,
    },
    store::{StoreError, request_lists, requests},
};

use super::{FIRST, LAST, NOON, Place, TULIPS, after, number};
use crate::support::{Database, on_both_databases};

async fn a_request_comes_back_as_it_went_in(database: Database) {
    let place = Place::open(database).await;
    let client = place.client("booking", &[]).await;
    let mut full = place.draft("Joris@elsewhere.example").await;
    full.name = Some("Jöris „de Vries” 🌷 <b> 'x' %_!".to_owned());
    full.reason = Some("långer Grund\r\n\t".repeat(10_000));
    full.reference = Some(String::new());
    full.client = Some(client.id);
    full.repeats = i64::MAX;
    full.created_at = FIRST;
    full.silence.since = FIRST;
    full.silence.remind_at = Some(LAST);
    full.updated_at = FIRST;
    full.expires_at = LAST;
    let bare = place.draft("bare@elsewhere.example").await;
    for request in [full, bare] {
        place.insert(&request).await.unwrap();
        let mut conn = place.store.read().await.unwrap();
        let found = requests::find(&mut conn, request.id).await.unwrap();
        assert_eq!(format!("{:?}", found.unwrap()), format!("{request:?}"));
        let by_number = requests::by_number(&mut conn, &request.number).await;
        assert_eq!(by_number.unwrap().unwrap().id, request.id);
        let taken = requests::number_is_taken(&mut conn, &request.number);
        assert!(taken.await.unwrap());
    }
    let mut conn = place.store.read().await.unwrap();
    let unknown = requests::find(&mut conn, RequestId::new()).await.unwrap();
    assert!(unknown.is_none());
    let free = RequestNumber::from_bits(1, 12);
    assert!(!requests::number_is_taken(&mut conn, &free).await.unwrap());
    assert!(
        requests::by_number(&mut conn, &free)
            .await
            .unwrap()
            .is_none()
    );
}

/// Everything that a request can end in.
fn endings(anna: AdministratorId) -> [RequestState; 8] {
    let by = Decider::Administrator(anna);
    let at = after(5);
    let approved = |by, door| RequestState::Approved { by, at, door };
    let rejected = |door| RequestState::Rejected { by, at, door };
    [
        approved(by, Door::Portal),
        approved(Decider::Operator, Door::Operator),
        rejected(Door::Portal),
        rejected(Door::Link),
        rejected(Door::Reply),
        RequestState::Expired { at },
        RequestState::Cancelled {
            by: Canceller::Client,
            at,
        },
        RequestState::Cancelled {
            by: Canceller::Operator,
            at,
        },
    ]
}

async fn every_ending_is_written_once(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    for ending in endings(anna) {
        let mut request = place.request("joris@example.com").await;
        request.state = ending;
        request.updated_at = after(5);
        let mut tx = place.tx().await;
        assert!(requests::close(&mut tx, &request).await.unwrap());
        for late in endings(anna) {
            let mut other = request.clone();
            other.state = late;
            assert!(!requests::close(&mut tx, &other).await.unwrap());
        }
        let found = requests::find(&mut tx, request.id).await.unwrap().unwrap();
        assert_eq!(format!("{found:?}"), format!("{request:?}"));
        tx.commit().await.unwrap();
    }
}

async fn only_this_rejection_by_mail_is_opened_again(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@example.com", TULIPS).await;
    for ending in endings(anna) {
        let mut request = place.request("joris@example.com").await;
        let mut open = request.clone();
        open.updated_at = after(9);
        open.expires_at = LAST;
        request.state = ending;
        let mut tx = place.tx().await;
        assert!(!requests::reopen(&mut tx, &open, after(5)).await.unwrap());
        assert!(requests::close(&mut tx, &request).await.unwrap());
        assert!(!requests::reopen(&mut tx, &open, after(4)).await.unwrap());
        let by_mail = matches!(ending.door(), Some(Door::Link | Door::Reply));
        let reopened = requests::reopen(&mut tx, &open, after(5)).await.unwrap();
        assert_eq!(reopened, by_mail, "{ending:?}");
        if reopened {
            let found = requests::find(&mut tx, open.id).await.unwrap().unwrap();
            assert_eq!(format!("{found:?}"), format!("{open:?}"));
            let again = RequestState::Pending.reject_by_mail(
                anna,
                Capacity::Own,
                MailDoor::Reply,
                after(12),
            );
            open.state = again.unwrap();
            assert!(requests::close(&mut tx, &open).await.unwrap());
        }
        tx.commit().await.unwrap();
    }
}

async fn an_address_has_one_open_request_for_an_account(database: Database) {
    let place = Place::open(database).await;
    let mut first = place.request("joris@example.com").await;
    let second = place.draft("joris@example.com").await;
    let refused = place.insert(&second).await.unwrap_err();
    assert!(refused.is_retryable(), "{refused}");
    first.state = RequestState::Expired { at: after(1) };
    let mut tx = place.tx().await;
    assert!(requests::close(&mut tx, &first).await.unwrap());
    tx.commit().await.unwrap();
    place.insert(&second).await.unwrap();

    // A number is given once.
    let mut third = place.draft("noor@example.com").await;
    third.number = second.number.clone();
    let refused = place.insert(&third).await.unwrap_err();
    assert!(refused.is_retryable(), "{refused}");
    // Any other refusal would be the same the next time.
    third = place.draft("noor@example.com").await;
    third.account = number("999999999");
    let refused = place.insert(&third).await.unwrap_err();
    assert!(matches!(refused, StoreError::Database(_)), "{refused}");
    assert!(!refused.is_retryable(), "{refused}");
}

async fn repeats_are_counted(database: Database) {
    let place = Place::open(database).await;
    let request = place.request("joris@example.com").await;
    let mut tx = place.tx().await;
    for moment in [after(1), after(2)] {
        requests::count_repeat(&mut tx, request.id, moment)
            .await
            .unwrap();
    }
    let found = requests::find(&mut tx, request.id).await.unwrap().unwrap();
    assert_eq!((found.repeats, found.updated_at), (2, after(2)));
}

async fn the_oldest_expire_first(database: Database) {
    let place = Place::open(database).await;
    let mut ids = Vec::new();
    for (address, expires_at) in [
        ("c@example.com", after(3)),
        ("a@example.com", after(1)),
        ("b@example.com", after(2)),
        ("never@example.com", LAST),
    ] {
        let mut request = place.draft(address).await;
        request.expires_at = expires_at;
        place.insert(&request).await.unwrap();
        ids.push(request.id);
    }
    let mut conn = place.store.read().await.unwrap();
    let mut expired = async |now, at_most| -> Vec<RequestId> {
        let found = request_lists::expired(&mut conn, now, at_most)
            .await
            .unwrap();
        found.iter().map(|request| request.id).collect()
    };
    assert!(expired(NOON, 9).await.is_empty());
    // Its time is over at that very moment.
    assert_eq!(expired(after(2), 9).await, [ids[1], ids[2]]);
    assert_eq!(expired(after(3), 2).await, [ids[1], ids[2]]);
    assert_eq!(expired(after(3), 9).await, [ids[1], ids[2], ids[0]]);
    assert_eq!(expired(LAST, 9).await.len(), 4);
}

async fn the_newest_come_first_of_one_status_and_account_where_asked(database: Database) {
    let place = Place::open(database).await;
    place.account("222222222").await;
    let mut ids = Vec::new();
    for (address, account, at) in [
        ("a@example.com", TULIPS, after(1)),
        ("b@example.com", TULIPS, after(2)),
        ("c@example.com", "222222222", after(3)),
        ("d@example.com", TULIPS, after(2)),
    ] {
        let mut request = place.draft(address).await;
        request.account = number(account);
        request.created_at = at;
        place.insert(&request).await.unwrap();
        ids.push(request.id);
    }
    // Of two of the same moment the one with the greater id comes first.
    let (greater, smaller) = if ids[1].to_string() > ids[3].to_string() {
        (ids[1], ids[3])
    } else {
        (ids[3], ids[1])
    };
    let mut closed = place.draft("a@example.com").await;
    closed.id = ids[0];
    closed.state = RequestState::Expired { at: after(9) };
    let mut tx = place.tx().await;
    assert!(requests::close(&mut tx, &closed).await.unwrap());
    let tulips = number(TULIPS);
    let mut newest = async |status, account, at_most| -> Vec<RequestId> {
        let found = request_lists::newest(&mut tx, status, account, at_most).await;
        found.unwrap().iter().map(|request| request.id).collect()
    };
    assert_eq!(
        newest(None, None, 9).await,
        [ids[2], greater, smaller, ids[0]]
    );
    assert_eq!(newest(None, None, 2).await, [ids[2], greater]);
    assert_eq!(
        newest(None, Some(&tulips), 9).await,
        [greater, smaller, ids[0]]
    );
    assert_eq!(newest(Some(Status::Expired), None, 9).await, [ids[0]]);
    let open = newest(Some(Status::Pending), Some(&tulips), 9).await;
    assert_eq!(open, [greater, smaller]);
    assert!(newest(Some(Status::Cancelled), None, 9).await.is_empty());
}

async fn the_last_request_of_an_address_is_found(database: Database) {
    let place = Place::open(database).await;
    let tulips = number(TULIPS);
    let first = place.draft("joris@elsewhere.example").await;
    let mut second = place.draft("joris@elsewhere.example").await;
    second.created_at = after(1);
    place.draft("mia@elsewhere.example").await;
    for request in [&first, &second] {
        place.insert(request).await.unwrap();
        let mut closed = request.clone();
        closed.state = RequestState::Expired { at: after(5) };
        let mut tx = place.tx().await;
        assert!(requests::close(&mut tx, &closed).await.unwrap());
        tx.commit().await.unwrap();
    }
    let mut conn = place.store.read().await.unwrap();
    let last = requests::last_of(&mut conn, &tulips, first.requester).await;
    assert_eq!(last.unwrap().unwrap().id, second.id);
    let elsewhere = requests::last_of(&mut conn, &number("999999999"), first.requester).await;
    assert!(elsewhere.unwrap().is_none());
}

async fn a_note_comes_back_for_whom_it_was_written(database: Database) {
    let place = Place::open(database).await;
    let anna = place.administrator("anna@tulips.example", TULIPS).await;
    for (email, shown) in [
        ("a@elsewhere.example", true),
        ("b@elsewhere.example", false),
    ] {
        let mut request = place.request(email).await;
        request.state = RequestState::Approved {
            by: Decider::Administrator(anna),
            at: after(5),
            door: Door::Portal,
        };
        request.note = Note::parse("Alléén voor “Milaan” 🌷", shown).unwrap();
        let mut tx = place.tx().await;
        assert!(requests::close(&mut tx, &request).await.unwrap());
        let found = requests::find(&mut tx, request.id).await.unwrap().unwrap();
        assert_eq!(found.note, request.note);
        assert_eq!(found.note.unwrap().is_shown(), shown);
    }
}

async fn a_page_goes_on_where_the_last_one_ended(database: Database) {
    let place = Place::open(database).await;
    place.account("998877665").await;
    let all = place.client("all", &[]).await;
    let roses = place.client("roses", &[number("998877665")]).await;
    let mut drafts = Vec::new();
    for (index, account) in [TULIPS, "998877665", TULIPS, TULIPS]
        .into_iter()
        .enumerate()
    {
        let mut draft = place.draft(&format!("p{index}@elsewhere.example")).await;
        draft.account = number(account);
        // The last two in the same moment: their ids say which comes first.
        draft.created_at = after(u64::try_from(index.min(2)).unwrap());
        place.insert(&draft).await.unwrap();
        drafts.push(draft);
    }
    drafts[2..].sort_by_key(|draft| draft.id);
    let newest_first: Vec<RequestId> = drafts.iter().rev().map(|draft| draft.id).collect();
    let mut conn = place.store.read().await.unwrap();
    let everything = request_lists::Page {
        status: None,
        account: None,
        after: None,
        limit: 10,
    };
    let mut found = async |client, page: &request_lists::Page<'_>| -> Vec<RequestId> {
        let found = request_lists::page(&mut conn, client, page).await.unwrap();
        found.iter().map(|request| request.id).collect()
    };
    assert_eq!(found(&all, &everything).await, newest_first);
    let (tulips, roses_number) = (number(TULIPS), number("998877665"));
    for index in 0..4 {
        let last = drafts
            .iter()
            .find(|draft| draft.id == newest_first[index])
            .unwrap();
        let rest = request_lists::Page {
            after: Some((last.created_at, last.id)),
            ..everything
        };
        assert_eq!(found(&all, &rest).await, newest_first[index + 1..]);
        let pending = request_lists::Page {
            status: Some(Status::Pending),
            ..rest
        };
        assert_eq!(found(&all, &pending).await, newest_first[index + 1..]);
    }
    let of = |account, status| request_lists::Page {
        account,
        status,
        ..everything
    };
    assert_eq!(found(&all, &of(Some(&tulips), None)).await.len(), 3);
    assert_eq!(
        found(&all, &of(Some(&roses_number), Some(Status::Pending))).await,
        [drafts[1].id]
    );
    assert_eq!(found(&all, &of(None, Some(Status::Expired))).await, []);
    assert_eq!(found(&roses, &everything).await, [drafts[1].id]);
    assert_eq!(found(&roses, &of(Some(&tulips), None)).await, []);
}

async fn what_changed_lately_is_found(database: Database) {
    let place = Place::open(database).await;
    let mut ids = Vec::new();
    for seconds in [1, 2, 3] {
        let mut draft = place.draft(&format!("p{seconds}@elsewhere.example")).await;
        draft.updated_at = after(seconds);
        place.insert(&draft).await.unwrap();
        ids.push(draft.id);
    }
    let mut conn = place.store.read().await.unwrap();
    let mut found = request_lists::changed_since(&mut conn, after(2))
        .await
        .unwrap();
    found.sort();
    let mut expected = ids[1..].to_vec();
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(
        request_lists::changed_since(&mut conn, after(4))
            .await
            .unwrap(),
        []
    );
}

on_both_databases!(
    a_page_goes_on_where_the_last_one_ended,
    what_changed_lately_is_found,
    a_note_comes_back_for_whom_it_was_written,
    the_last_request_of_an_address_is_found,
    a_request_comes_back_as_it_went_in,
    every_ending_is_written_once,
    only_this_rejection_by_mail_is_opened_again,
    an_address_has_one_open_request_for_an_account,
    repeats_are_counted,
    the_oldest_expire_first,
    the_newest_come_first_of_one_status_and_account_where_asked,
);
