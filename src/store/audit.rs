//! The audit trail: chains of rows that are only ever added to.

use sqlx::{AnyConnection, Row, any::AnyRow};

use super::{StoreError, event_feed};
use crate::domain::{
    account_number::AccountNumber,
    event::{Actor, AuditEvent, AuditRow, FIRST_PREVIOUS},
    people::{AdministratorId, PersonId},
    request::RequestId,
    timestamp::Timestamp,
};

/// Adds an event at the end of its chain, and to the event feed where shipping systems hear of such a
/// thing: every door comes by here. So the change itself is written before. The head is locked until
/// the transaction ends.
pub async fn append(conn: &mut AnyConnection, event: &AuditEvent) -> Result<(), StoreError> {
    append_numbered(conn, event).await.map(drop)
}

/// The same; its place in the chain, by which a mail about it finds it again.
pub async fn append_numbered(
    conn: &mut AnyConnection,
    event: &AuditEvent,
) -> Result<i64, StoreError> {
    let head = match next_place(conn, &event.chain).await? {
        Some(head) => head,
        None => {
            begin_chain(conn, &event.chain).await?;
            next_place(conn, &event.chain)
                .await?
                .ok_or(sqlx::Error::RowNotFound)?
        }
    };
    let row = AuditRow::place(event, head.try_get("seq")?, head.try_get("hash")?);
    sqlx::query(
        "INSERT INTO audit_event
             (chain, seq, at, name, actor, door, request, subject, evidence, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&row.chain)
    .bind(row.seq)
    .bind(row.at)
    .bind(&row.name)
    .bind(&row.actor)
    .bind(&row.door)
    .bind(&row.request)
    .bind(&row.subject)
    .bind(&row.evidence)
    .bind(&row.previous)
    .bind(&row.hash)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE audit_chain SET hash = $1 WHERE chain = $2")
        .bind(&row.hash)
        .bind(&row.chain)
        .execute(&mut *conn)
        .await?;
    event_feed::announce(conn, &row).await?;
    Ok(row.seq)
}

/// Locks the head of a chain that has begun.
async fn next_place(conn: &mut AnyConnection, chain: &str) -> Result<Option<AnyRow>, sqlx::Error> {
    sqlx::query("UPDATE audit_chain SET seq = seq + 1 WHERE chain = $1 RETURNING seq, hash")
        .bind(chain)
        .fetch_optional(conn)
        .await
}

/// Somebody else may begin it at the same moment.
async fn begin_chain(conn: &mut AnyConnection, chain: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO audit_chain (chain, seq, hash) VALUES ($1, 0, $2)
         ON CONFLICT (chain) DO NOTHING",
    )
    .bind(chain)
    .bind(FIRST_PREVIOUS)
    .execute(conn)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT chain, seq, at, name, actor, door, request, subject, evidence, previous, hash
             FROM audit_event ",
            $rest
        )
    };
}

/// The newest events, the oldest of them first.
pub async fn newest(conn: &mut AnyConnection, at_most: i64) -> Result<Vec<AuditRow>, StoreError> {
    let mut rows: Vec<AuditRow> =
        sqlx::query(select!("ORDER BY at DESC, chain, seq DESC LIMIT $1"))
            .bind(at_most)
            .fetch_all(conn)
            .await?
            .iter()
            .map(audit_row)
            .collect::<Result<_, _>>()?;
    rows.reverse();
    Ok(rows)
}

/// The events of one request, in their order.
pub async fn of_request(
    conn: &mut AnyConnection,
    request: RequestId,
) -> Result<Vec<AuditRow>, StoreError> {
    sqlx::query(select!("WHERE request = $1 ORDER BY at, seq"))
        .bind(request.to_string())
        .fetch_all(conn)
        .await?
        .iter()
        .map(audit_row)
        .collect()
}

/// The newest events about one person on an account, the oldest of them first.
pub async fn of_person(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    at_most: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    let mut rows: Vec<AuditRow> = sqlx::query(select!(
        "WHERE chain = $1 AND subject = $2 ORDER BY seq DESC LIMIT $3"
    ))
    .bind(account.as_str())
    .bind(person.to_string())
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(audit_row)
    .collect::<Result<_, _>>()?;
    rows.reverse();
    Ok(rows)
}

/// The event that made what stands for a person on an account what it has been since `at`.
pub async fn of_entry(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    person: PersonId,
    at: Timestamp,
) -> Result<Option<AuditRow>, StoreError> {
    sqlx::query(select!(
        "WHERE at = $1 AND chain = $2 AND subject = $3
           AND name NOT IN ('access_request.repeated', 'access_request.unreachable',
                            'access_request.reminded')
         ORDER BY seq DESC LIMIT 1"
    ))
    .bind(at.as_micros())
    .bind(account.as_str())
    .bind(person.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| audit_row(&row))
    .transpose()
}

/// What an administrator did to the entries of an account at one moment.
pub async fn of_moment(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    administrator: AdministratorId,
    at: Timestamp,
) -> Result<Vec<AuditRow>, StoreError> {
    sqlx::query(select!(
        "WHERE at = $1 AND chain = $2 AND actor = $3 AND name LIKE 'authorized!_user.%' ESCAPE '!'
         ORDER BY seq"
    ))
    .bind(at.as_micros())
    .bind(account.as_str())
    .bind(Actor::Administrator(administrator).as_text())
    .fetch_all(conn)
    .await?
    .iter()
    .map(audit_row)
    .collect()
}

/// The event at one place of a chain.
pub async fn in_chain(
    conn: &mut AnyConnection,
    chain: &str,
    seq: i64,
) -> Result<Option<AuditRow>, StoreError> {
    sqlx::query(select!("WHERE chain = $1 AND seq = $2"))
        .bind(chain)
        .bind(seq)
        .fetch_optional(conn)
        .await?
        .map(|row| audit_row(&row))
        .transpose()
}

/// The rows of one chain behind `seq`, in their order.
pub async fn of_chain(
    conn: &mut AnyConnection,
    chain: &str,
    seq: i64,
    at_most: i64,
) -> Result<Vec<AuditRow>, StoreError> {
    sqlx::query(select!(
        "WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT $3"
    ))
    .bind(chain)
    .bind(seq)
    .bind(at_most)
    .fetch_all(conn)
    .await?
    .iter()
    .map(audit_row)
    .collect()
}

/// The heads of all chains: `(chain, seq, hash)`.
pub async fn heads(conn: &mut AnyConnection) -> Result<Vec<(String, i64, String)>, StoreError> {
    Ok(
        sqlx::query_as("SELECT chain, seq, hash FROM audit_chain ORDER BY chain")
            .fetch_all(conn)
            .await?,
    )
}

/// What a check of all chains found.
pub enum Verification {
    /// Every row is as it was written.
    Intact {
        /// How many chains there are.
        chains: usize,
        /// How many rows there are.
        rows: i64,
    },
    /// The first row that is not.
    Broken {
        /// The chain.
        chain: String,
        /// The place in it.
        seq: i64,
        /// What is wrong there.
        what: &'static str,
    },
}

/// Checks every row of every chain. Rows that are added meanwhile do no harm.
pub async fn verify(conn: &mut AnyConnection) -> Result<Verification, StoreError> {
    let heads = heads(conn).await?;
    let stray = sqlx::query(
        "SELECT e.chain, e.seq FROM audit_event e LEFT JOIN audit_chain c ON c.chain = e.chain
         WHERE c.chain IS NULL OR e.seq < 1 ORDER BY e.chain, e.seq LIMIT 1",
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(row) = stray {
        return Ok(Verification::Broken {
            chain: row.try_get("chain")?,
            seq: row.try_get("seq")?,
            what: "it belongs to no chain",
        });
    }
    // Adding an account is the first event of its chain.
    let unheard: Option<String> = sqlx::query_scalar(
        "SELECT a.number FROM account a LEFT JOIN audit_chain c ON c.chain = a.number
         WHERE c.chain IS NULL ORDER BY a.number LIMIT 1",
    )
    .fetch_optional(&mut *conn)
    .await?;
    if let Some(chain) = unheard {
        return Ok(Verification::Broken {
            chain,
            seq: 1,
            what: "the whole chain is missing",
        });
    }
    for head in &heads {
        if let Some((seq, what)) = first_fault(conn, head).await? {
            return Ok(Verification::Broken {
                chain: head.0.clone(),
                seq,
                what,
            });
        }
    }
    Ok(Verification::Intact {
        chains: heads.len(),
        rows: heads.iter().map(|(_, seq, _)| seq).sum(),
    })
}

/// The first place in a chain that is not as it was written, and what is wrong there.
async fn first_fault(
    conn: &mut AnyConnection,
    (chain, head_seq, head_hash): &(String, i64, String),
) -> Result<Option<(i64, &'static str)>, StoreError> {
    const STEP: i64 = 1_000;
    let mut previous = FIRST_PREVIOUS.to_owned();
    let mut seq = 0;
    loop {
        let rows = match of_chain(conn, chain, seq, STEP).await {
            // One row at a time then, so that the one is named that cannot be read.
            Err(StoreError::Database(sqlx::Error::ColumnDecode { .. })) => {
                match of_chain(conn, chain, seq, 1).await {
                    Err(StoreError::Database(sqlx::Error::ColumnDecode { .. })) => {
                        return Ok(Some((seq + 1, "it cannot be read")));
                    }
                    row => row?,
                }
            }
            rows => rows?,
        };
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.seq != seq + 1 {
                return Ok(Some((seq + 1, "the row is missing")));
            }
            if row.previous != previous {
                return Ok(Some((row.seq, "it does not follow the row before")));
            }
            if row.hash != row.expected_hash() {
                return Ok(Some((row.seq, "it was changed")));
            }
            if row.seq == *head_seq && row.hash != *head_hash {
                return Ok(Some((row.seq, "the head of the chain names another row")));
            }
            seq = row.seq;
            previous = row.hash;
        }
    }
    if seq < *head_seq {
        return Ok(Some((seq + 1, "the row is missing")));
    }
    // What was added meanwhile has moved the head along.
    let head_seq: i64 = sqlx::query_scalar("SELECT seq FROM audit_chain WHERE chain = $1")
        .bind(chain)
        .fetch_one(conn)
        .await?;
    Ok((head_seq < seq).then_some((head_seq + 1, "the head of the chain does not know it")))
}

pub(super) fn audit_row(row: &AnyRow) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        chain: row.try_get("chain")?,
        seq: row.try_get("seq")?,
        at: row.try_get("at")?,
        name: row.try_get("name")?,
        actor: row.try_get("actor")?,
        door: row.try_get("door")?,
        request: row.try_get("request")?,
        subject: row.try_get("subject")?,
        evidence: row.try_get("evidence")?,
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}
