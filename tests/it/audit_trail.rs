//! The audit trail: whatever is changed behind its back is found and named.

use esecured::{
    domain::{
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        people::{AdministratorId, PersonId},
        request::{Door, RequestId},
        timestamp::Timestamp,
    },
    store::{
        Store, StoreError,
        audit::{self, Verification},
        retrying,
    },
};
use futures_util::future::join_all;
use sqlx::AssertSqlSafe;

use crate::support::{Database, database::OwnDatabase, on_both_databases};

const NOON: Timestamp = Timestamp::from_seconds(1_778_493_600);
const TULIPS: &str = "112233445";
const ROSES: &str = "222222222";

/// A database with two chains of five events each, and one of the system.
struct Trail {
    store: Store,
    _own: OwnDatabase,
    _dir: tempfile::TempDir,
}

impl Trail {
    async fn on(database: Database) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let own = database.create(dir.path());
        let store = Store::open(&own.url, true).await.unwrap();
        let trail = Self {
            store,
            _own: own,
            _dir: dir,
        };
        for number in 0..5 {
            trail.append(&event(TULIPS, number)).await.unwrap();
            trail.append(&event(ROSES, number)).await.unwrap();
        }
        let system = AuditEvent::of_system("client.added", Actor::Daemon, NOON);
        trail.append(&system).await.unwrap();
        trail
    }

    async fn append(&self, event: &AuditEvent) -> Result<(), StoreError> {
        retrying(|| async {
            let mut tx = self.store.begin().await?;
            audit::append(&mut tx, event).await?;
            tx.commit().await
        })
        .await
    }

    /// The first bad row, as `chain/seq: what`, or `intact` with the numbers of chains and rows.
    async fn verified(&self) -> String {
        let mut conn = self.store.read().await.unwrap();
        told(audit::verify(&mut conn).await.unwrap())
    }

    /// What a check says while this change stands. The change is taken back.
    async fn verified_with(&self, changes: &[&str]) -> String {
        let mut tx = self.store.begin().await.unwrap();
        for change in changes {
            let sql = AssertSqlSafe((*change).to_owned());
            let result = sqlx::query(sql).execute(&mut *tx).await;
            let result = result.unwrap_or_else(|error| panic!("{change}: {error}"));
            assert!(result.rows_affected() > 0, "{change} changed nothing");
        }
        told(audit::verify(&mut tx).await.unwrap())
    }
}

fn told(verification: Verification) -> String {
    match verification {
        Verification::Intact { chains, rows } => format!("intact {chains} {rows}"),
        Verification::Broken { chain, seq, what } => format!("{chain}/{seq}: {what}"),
    }
}

fn event(account: &str, number: u64) -> AuditEvent {
    let account = AccountNumber::parse(account).unwrap();
    let at = NOON.plus(std::time::Duration::from_secs(number));
    let by = Actor::Administrator(AdministratorId::new());
    AuditEvent::of_account(&account, "access_request.repeated", by, at)
        .through(Some(Door::Reply))
        .about(Some(RequestId::new()), PersonId::new())
        .shown_by("messageId", "<één@example.com> \"'\\ 🌷")
}

async fn an_untouched_trail_verifies(database: Database) {
    let trail = Trail::on(database).await;
    assert_eq!(trail.verified().await, "intact 3 11");
    // Reading it in full, by request and from the end gives the same rows.
    let mut conn = trail.store.read().await.unwrap();
    let chain = audit::of_chain(&mut conn, TULIPS, 0, 99).await.unwrap();
    assert_eq!(chain.len(), 5);
    let part = audit::of_chain(&mut conn, TULIPS, 1, 2).await.unwrap();
    assert_eq!(part, chain[1..3]);
    let request: RequestId = chain[2].request.as_ref().unwrap().parse().unwrap();
    assert_eq!(
        audit::of_request(&mut conn, request).await.unwrap(),
        chain[2..3]
    );
    let newest = audit::newest(&mut conn, 2).await.unwrap();
    assert!(newest.iter().all(|row| row.seq == 5), "{newest:?}");
    let heads = audit::heads(&mut conn).await.unwrap();
    let heads: Vec<(&str, i64)> = heads
        .iter()
        .map(|(chain, seq, _)| (&**chain, *seq))
        .collect();
    assert_eq!(heads, [(TULIPS, 5), (ROSES, 5), ("system", 1)]);
}

async fn an_account_whose_whole_chain_is_gone_is_found(database: Database) {
    let trail = Trail::on(database).await;
    let stripped = "INSERT INTO account (number, name, language, time_zone, created_at)
                    VALUES ('333333333', 'Lelies', 'nl', 'Europe/Amsterdam', 1)";
    assert_eq!(
        trail.verified_with(&[stripped]).await,
        "333333333/1: the whole chain is missing"
    );
}

/// PostgreSQL takes nothing but text there.
#[tokio::test]
async fn a_row_that_cannot_be_read_is_named() {
    let trail = Trail::on(Database::Sqlite).await;
    for column in ["name", "hash", "evidence"] {
        let change = format!(
            "UPDATE audit_event SET {column} = x'00ff' WHERE chain = '{TULIPS}' AND seq = 3"
        );
        assert_eq!(
            trail.verified_with(&[&change]).await,
            format!("{TULIPS}/3: it cannot be read")
        );
    }
}

async fn any_changed_column_of_any_row_is_found(database: Database) {
    let trail = Trail::on(database).await;
    for seq in 1..=5 {
        for change in [
            "at = at + 1",
            "name = 'access_request.approved'",
            "actor = 'operator'",
            "door = 'portal'",
            "door = NULL",
            "door = ''",
            "request = NULL",
            "request = ''",
            "subject = 'somebody'",
            "subject = NULL",
            "evidence = '{}'",
            "evidence = evidence || ' '",
            "previous = hash",
            "hash = previous",
            "seq = seq + 100",
            "chain = 'system', seq = 100",
        ] {
            let sql =
                format!("UPDATE audit_event SET {change} WHERE chain = '{ROSES}' AND seq = {seq}");
            let said = trail.verified_with(&[&sql]).await;
            let named = format!("{ROSES}/{seq}: ");
            assert!(said.starts_with(&named), "{change} in {seq}: {said}");
        }
    }
    assert_eq!(trail.verified().await, "intact 3 11");
}

async fn any_missing_row_is_found(database: Database) {
    let trail = Trail::on(database).await;
    for seq in 1..=5 {
        let sql = format!("DELETE FROM audit_event WHERE chain = '{TULIPS}' AND seq = {seq}");
        let said = trail.verified_with(&[&sql]).await;
        assert_eq!(said, format!("{TULIPS}/{seq}: the row is missing"));
        // The others moved up, so that no number is missing.
        let mut changes = vec![sql];
        for later in seq + 1..=5 {
            changes.push(format!(
                "UPDATE audit_event SET seq = {} WHERE chain = '{TULIPS}' AND seq = {later}",
                later - 1
            ));
        }
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let said = trail.verified_with(&changes).await;
        assert!(said.starts_with(&format!("{TULIPS}/{seq}: ")), "{said}");
    }
    let all = format!("DELETE FROM audit_event WHERE chain = '{TULIPS}'");
    let said = trail.verified_with(&[&all]).await;
    assert_eq!(said, format!("{TULIPS}/1: the row is missing"));
}

async fn swapped_rows_are_found(database: Database) {
    let trail = Trail::on(database).await;
    let moved = |from: i64, to: i64| {
        format!("UPDATE audit_event SET seq = {to} WHERE chain = '{TULIPS}' AND seq = {from}")
    };
    for (one, other) in [(1, 2), (2, 4), (4, 5)] {
        let changes = [moved(one, 99), moved(other, one), moved(99, other)];
        let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
        let said = trail.verified_with(&changes).await;
        assert!(said.starts_with(&format!("{TULIPS}/{one}: ")), "{said}");
    }
    // Between two chains.
    let to = |from: &str, to: &str| {
        format!("UPDATE audit_event SET chain = '{to}' WHERE chain = '{from}' AND seq = 3")
    };
    let aside = "INSERT INTO audit_chain VALUES ('aside', 0, '')";
    let changes = [to(TULIPS, "aside"), to(ROSES, TULIPS), to("aside", ROSES)];
    let changes = [aside, &changes[0], &changes[1], &changes[2]];
    let said = trail.verified_with(&changes).await;
    assert!(said.starts_with(&format!("{TULIPS}/3: ")), "{said}");
}

async fn inserted_rows_are_found(database: Database) {
    let trail = Trail::on(database).await;
    let copied = |chain: &str, seq: i64| {
        format!(
            "INSERT INTO audit_event
                 (chain, seq, at, name, actor, door, request, subject, evidence, previous, hash)
             SELECT '{chain}', {seq}, at, name, actor, door, request, subject, evidence, previous, hash
             FROM audit_event WHERE chain = '{TULIPS}' AND seq = 5"
        )
    };
    for (chain, seq) in [
        (TULIPS, 0),
        (TULIPS, -1),
        (TULIPS, 6),
        (ROSES, 6),
        ("system", 2),
    ] {
        let said = trail.verified_with(&[&copied(chain, seq)]).await;
        assert!(
            said.starts_with(&format!("{chain}/{seq}: ")),
            "{chain}/{seq}: {said}"
        );
    }
    let chain = "INSERT INTO audit_chain VALUES ('new', 1, 'x')";
    let said = trail.verified_with(&[chain, &copied("new", 1)]).await;
    assert!(said.starts_with("new/1: "), "{said}");
}

/// A row that follows properly can only be written by who knows how; the head does not name it.
async fn a_row_behind_the_head_is_found(database: Database) {
    let trail = Trail::on(database).await;
    let mut conn = trail.store.read().await.unwrap();
    let last = audit::of_chain(&mut conn, TULIPS, 4, 1)
        .await
        .unwrap()
        .remove(0);
    drop(conn);
    let forged = esecured::domain::event::AuditRow::place(&event(TULIPS, 9), 6, last.hash.clone());
    let insert = format!(
        "INSERT INTO audit_event VALUES ('{TULIPS}', 6, {}, '{}', '{}', 'reply', '{}', '{}', '{}', '{}', '{}')",
        forged.at,
        forged.name,
        forged.actor,
        forged.request.as_ref().unwrap(),
        forged.subject.as_ref().unwrap(),
        forged.evidence.replace('\'', "''"),
        forged.previous,
        forged.hash,
    );
    let said = trail.verified_with(&[&insert]).await;
    assert_eq!(
        said,
        format!("{TULIPS}/6: the head of the chain does not know it")
    );
    // The same the other way round: the head was set back.
    let mut conn = trail.store.read().await.unwrap();
    let third = audit::of_chain(&mut conn, TULIPS, 2, 1)
        .await
        .unwrap()
        .remove(0);
    drop(conn);
    let back = format!(
        "UPDATE audit_chain SET seq = 3, hash = '{}' WHERE chain = '{TULIPS}'",
        third.hash
    );
    let said = trail.verified_with(&[&back]).await;
    assert_eq!(
        said,
        format!("{TULIPS}/4: the head of the chain does not know it")
    );
}

async fn a_changed_head_is_found(database: Database) {
    let trail = Trail::on(database).await;
    for change in ["hash = 'x'", "seq = 4", "seq = 6"] {
        let sql = format!("UPDATE audit_chain SET {change} WHERE chain = '{ROSES}'");
        let said = trail.verified_with(&[&sql]).await;
        assert!(said.starts_with(&format!("{ROSES}/")), "{change}: {said}");
    }
}

async fn a_trail_of_thousands_is_read_to_its_end(database: Database) {
    let trail = Trail::on(database).await;
    let mut tx = trail.store.begin().await.unwrap();
    for number in 5..2_005 {
        audit::append(&mut tx, &event(TULIPS, number))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(trail.verified().await, "intact 3 2011");
    for seq in [1_000, 1_001, 2_005] {
        let sql = format!("UPDATE audit_event SET at = 0 WHERE chain = '{TULIPS}' AND seq = {seq}");
        let said = trail.verified_with(&[&sql]).await;
        assert_eq!(said, format!("{TULIPS}/{seq}: it was changed"));
    }
}

async fn whoever_appends_at_once_stands_in_line(database: Database) {
    let trail = Trail::on(database).await;
    let appending = (0..120_u64).map(|number| {
        let trail = &trail;
        async move {
            let chain = [TULIPS, ROSES, "333333333"][usize::try_from(number % 3).unwrap()];
            let mut tx = trail.store.begin().await.unwrap();
            audit::append(&mut tx, &event(chain, number)).await.unwrap();
            // Every fourth gives up: its place is taken by the next one.
            if number % 4 == 0 {
                drop(tx);
            } else {
                tx.commit().await.unwrap();
            }
        }
    });
    // It is checked while others write.
    let checking = async {
        for _ in 0..10 {
            let said = trail.verified().await;
            assert!(said.starts_with("intact"), "{said}");
        }
    };
    futures_util::future::join(join_all(appending), checking).await;
    assert_eq!(trail.verified().await, "intact 4 101");
}

on_both_databases!(
    an_account_whose_whole_chain_is_gone_is_found,
    an_untouched_trail_verifies,
    any_changed_column_of_any_row_is_found,
    any_missing_row_is_found,
    swapped_rows_are_found,
    inserted_rows_are_found,
    a_row_behind_the_head_is_found,
    a_changed_head_is_found,
    a_trail_of_thousands_is_read_to_its_end,
    whoever_appends_at_once_stands_in_line,
);
