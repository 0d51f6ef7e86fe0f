//! What the store promises, statement by statement, on SQLite and on PostgreSQL alike.

mod access_requests;
mod accounts_and_people;
mod appointments;
mod call_buckets;
mod constraints;
mod depths;
mod domains;
mod entries;
mod event_feed;
mod feed_pruning;
mod gathering;
mod hearing;
mod inbox;
mod invitations;
mod odd_texts;
mod opening;
mod outbox;
mod passkeys_and_identities;
mod reminding;
mod second_factors;
mod stand_in_rights;
mod stand_ins;
mod tests_of_clients;
mod trail;
mod webhook_log;
mod webhooks;
mod what_was_told;
mod whose_aliases;

use esecured::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        language::Language,
        message::{About, Message, MessageId, MessageKind},
        people::{AdministratorId, Client, ClientId, KeyHolder, PersonId, TestClient},
        reminder::Silence,
        request::{AccessRequest, RequestId, RequestState},
        request_number::RequestNumber,
        rules::Rule,
        timestamp::Timestamp,
    },
    store::{Store, StoreError, Tx, accounts, clients, people, requests},
};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use crate::support::{Database, database::OwnDatabase};

/// A database with nothing in it but the account [`TULIPS`].
struct Place {
    store: Store,
    own: OwnDatabase,
    dir: TempDir,
}

const TULIPS: &str = "112233445";
const NOON: Timestamp = Timestamp::from_seconds(1_778_493_600);
/// The far ends of time must come back as they went in.
const FIRST: Timestamp = Timestamp::from_micros(i64::MIN);
const LAST: Timestamp = Timestamp::from_micros(i64::MAX);

/// A moment some seconds after noon.
fn after(seconds: u64) -> Timestamp {
    NOON.plus(std::time::Duration::from_secs(seconds))
}

fn number(text: &str) -> AccountNumber {
    AccountNumber::parse(text).unwrap()
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

impl Place {
    async fn open(database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let own = database.create(dir.path());
        let store = Store::open(&own.url, true).await.unwrap();
        let place = Self { store, own, dir };
        place.account(TULIPS).await;
        place
    }

    async fn tx(&self) -> Tx {
        self.store.begin().await.unwrap()
    }

    /// Says something to the database behind the program's back; how many rows it changed.
    async fn says(&self, sql: &str) -> Result<u64, StoreError> {
        let mut tx = self.tx().await;
        let result = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(result.rows_affected())
    }

    async fn account(&self, text: &str) -> Account {
        let account = Account {
            number: number(text),
            name: "Tulpenhandel".to_owned(),
            language: Language::Nl,
            time_zone: "Europe/Amsterdam".to_owned(),
            esecure: Esecure::Active,
            requester_mails: true,
        };
        let mut tx = self.tx().await;
        accounts::put(&mut tx, &account, NOON).await.unwrap();
        tx.commit().await.unwrap();
        account
    }

    async fn person(&self, address: &str) -> PersonId {
        let mut tx = self.tx().await;
        let person = people::person(&mut tx, &email(address), NOON)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        person
    }

    /// An administrator of an account.
    async fn administrator(&self, address: &str, account: &str) -> AdministratorId {
        let person = self.person(address).await;
        let mut tx = self.tx().await;
        let id = people::put_administrator(&mut tx, person, "Anna", Language::Nl, NOON)
            .await
            .unwrap();
        people::appoint(&mut tx, &number(account), id, NOON)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn client(&self, name: &str, scope: &[AccountNumber]) -> Client {
        let client = Client {
            id: ClientId::new(),
            name: name.to_owned(),
            all_accounts: scope.is_empty(),
        };
        self.keeps(&KeyHolder::Live(client.clone()), scope).await;
        client
    }

    async fn test_client(&self, name: &str, scope: &[AccountNumber]) -> TestClient {
        let client = TestClient {
            id: ClientId::new(),
            name: name.to_owned(),
        };
        self.keeps(&KeyHolder::Test(client.clone()), scope).await;
        client
    }

    async fn keeps(&self, client: &KeyHolder, scope: &[AccountNumber]) {
        let mut tx = self.tx().await;
        let hash = format!("hash of {}", client.name());
        clients::insert(&mut tx, client, &hash, scope, None, NOON)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// An open request, not yet in the table.
    async fn draft(&self, address: &str) -> AccessRequest {
        let id = RequestId::new();
        let bits = u64::from_be_bytes(id.0.as_bytes()[8..].try_into().unwrap());
        AccessRequest {
            id,
            number: RequestNumber::from_bits(bits, 8),
            account: number(TULIPS),
            requester: self.person(address).await,
            email: email(address),
            state: RequestState::Pending,
            rule: Rule::Ask,
            looks_like: None,
            name: None,
            reason: None,
            reference: None,
            language: Language::En,
            client: None,
            note: None,
            repeats: 0,
            created_at: NOON,
            updated_at: NOON,
            expires_at: after(100),
            silence: Silence {
                since: NOON,
                reminders: 0,
                remind_at: None,
            },
        }
    }

    async fn insert(&self, request: &AccessRequest) -> Result<(), StoreError> {
        let mut tx = self.tx().await;
        requests::insert(&mut tx, request).await?;
        tx.commit().await
    }

    /// An open request in the table.
    async fn request(&self, address: &str) -> AccessRequest {
        let request = self.draft(address).await;
        self.insert(&request).await.unwrap();
        request
    }
}

/// An approval mail to somebody, not yet in the outbox.
fn message(request: &AccessRequest, recipient: PersonId, to: AdministratorId) -> Message {
    Message {
        id: MessageId::from_bytes(esecured::random::bytes()),
        kind: MessageKind::ApprovalRequest,
        about: About::Request(request.id),
        recipient,
        administrator: Some(to),
        occasion: String::new(),
        key_id: "k1".to_owned(),
        dated_at: NOON,
        answers: None,
        due_at: NOON,
    }
}

/// That a row was refused for what it says.
#[track_caller]
fn assert_corrupt<T>(result: Result<T, StoreError>, wanted_table: &str, wanted_id: &str) {
    match result {
        Err(StoreError::Corrupt { table, id, .. }) => {
            assert_eq!((table, id.as_str()), (wanted_table, wanted_id));
        }
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("a row of {wanted_table} that fits nothing was read"),
    }
}
