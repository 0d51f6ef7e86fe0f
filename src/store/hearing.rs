//! Who hears of our mails: what is known of the addresses of administrators, and the open requests
//! that nobody hears of.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str, ids},
};
use crate::domain::{
    account_number::AccountNumber,
    address_state::AddressState,
    message::MessageId,
    people::{AdministratorId, PersonId},
    request::RequestId,
    request_number::RequestNumber,
    timestamp::Timestamp,
};

/// An administrator of the account hears of request `r`: its address takes mail, and the mail about
/// this request, or the newest reminder of it, neither failed nor came back. One that came back is
/// forgotten once the address is known to work again.
macro_rules! heard_of {
    () => {
        "EXISTS (SELECT 1 FROM account_administrator aa
                 JOIN administrator a ON a.id = aa.administrator_id
                 WHERE aa.account_number = r.account_number AND a.address_state <> 'unreachable'
                   AND NOT EXISTS (
                       SELECT 1 FROM message m LEFT JOIN message d ON d.id = m.digest_id
                       WHERE m.about = r.id AND m.kind IN ('approval_request', 'reminder')
                         AND m.administrator_id = a.id AND m.status <> 'dropped'
                         AND NOT EXISTS (
                             SELECT 1 FROM message n LEFT JOIN message e ON e.id = n.digest_id
                             WHERE n.about = r.id AND n.kind = 'reminder'
                               AND n.administrator_id = a.id AND n.created_at > m.created_at
                               AND COALESCE(e.status, n.status) IN ('delivered', 'failed'))
                         AND CASE WHEN COALESCE(d.bounced_at, m.bounced_at) IS NULL
                                  THEN COALESCE(d.status, m.status) = 'failed'
                                  ELSE a.address_state <> 'fine' END))"
    };
}

pub(super) use heard_of;

/// Whether an administrator hears of a request.
pub async fn somebody_hears(
    conn: &mut AnyConnection,
    request: RequestId,
) -> Result<bool, StoreError> {
    let row = sqlx::query(concat!(
        "SELECT 1 FROM access_request r WHERE r.id = $1 AND ",
        heard_of!()
    ))
    .bind(request.to_string())
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// An open request that no administrator hears of.
#[derive(Clone, Debug)]
pub struct Unheard {
    /// Which one.
    pub id: RequestId,
    /// Its number.
    pub number: RequestNumber,
    /// The account it is about.
    pub account: AccountNumber,
    /// Who asks.
    pub requester: PersonId,
}

/// Notes the open requests of an account that nobody hears of, each of them once ever.
pub async fn note_unheard_of(
    conn: &mut AnyConnection,
    account: &AccountNumber,
    now: Timestamp,
) -> Result<Vec<Unheard>, StoreError> {
    sqlx::query(concat!(
        "UPDATE access_request AS r SET unreachable_at = $1, updated_at = $1
         WHERE r.account_number = $2 AND r.status = 'pending' AND r.unreachable_at IS NULL
           AND NOT ",
        heard_of!(),
        " RETURNING id, number, account_number, person_id"
    ))
    .bind(now.as_micros())
    .bind(account.as_str())
    .fetch_all(conn)
    .await?
    .iter()
    .map(unheard)
    .collect()
}

/// The same for one request.
pub async fn note_if_unheard(
    conn: &mut AnyConnection,
    request: RequestId,
    now: Timestamp,
) -> Result<Option<Unheard>, StoreError> {
    sqlx::query(concat!(
        "UPDATE access_request AS r SET unreachable_at = $1, updated_at = $1
         WHERE r.id = $2 AND r.status = 'pending' AND r.unreachable_at IS NULL AND NOT ",
        heard_of!(),
        " RETURNING id, number, account_number, person_id"
    ))
    .bind(now.as_micros())
    .bind(request.to_string())
    .fetch_optional(conn)
    .await?
    .map(|row| unheard(&row))
    .transpose()
}

fn unheard(row: &AnyRow) -> Result<Unheard, StoreError> {
    let read = Reader {
        row,
        table: "access_request",
        key: "id",
    };
    Ok(Unheard {
        id: read.parsed("id", from_str)?,
        number: read.parsed("number", from_str)?,
        account: read.account("account_number")?,
        requester: read.parsed("person_id", from_str)?,
    })
}

/// Notes what is known of an administrator's address by now; `false` where something else than
/// `known` was known of it.
pub async fn set_address_state(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    known: AddressState,
    state: AddressState,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE administrator SET address_state = $1, address_state_at = $2
         WHERE id = $3 AND address_state = $4",
    )
    .bind(state.as_str())
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .bind(known.as_str())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// An address is known to work; `false` where nothing spoke against it.
pub async fn set_fine(
    conn: &mut AnyConnection,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE administrator SET address_state = 'fine', address_state_at = $1
         WHERE id = $2 AND address_state <> 'fine'",
    )
    .bind(now.as_micros())
    .bind(administrator.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The administrators whose address was no good, and to whom a mail was delivered since, not after
/// `until`, that did not come back.
pub async fn silently_mended(
    conn: &mut AnyConnection,
    until: Timestamp,
) -> Result<Vec<AdministratorId>, StoreError> {
    let found = sqlx::query(
        "SELECT a.id FROM administrator a
         WHERE a.address_state <> 'fine' AND EXISTS (
             SELECT 1 FROM message m
             WHERE m.administrator_id = a.id AND m.created_at >= a.address_state_at
               AND m.status = 'delivered' AND m.bounced_at IS NULL AND m.settled_at <= $1)
         ORDER BY a.id",
    )
    .bind(until.as_micros())
    .fetch_all(conn)
    .await?;
    ids(&found, "administrator")
}

/// A mail came back, or was refused because of whom it goes to; `false` where it did before.
pub async fn set_bounced(
    conn: &mut AnyConnection,
    message: MessageId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result =
        sqlx::query("UPDATE message SET bounced_at = $1 WHERE id = $2 AND bounced_at IS NULL")
            .bind(now.as_micros())
            .bind(message.to_string())
            .execute(conn)
            .await?;
    Ok(changed(&result))
}

/// A mail that was refused is delivered after all; `false` where it was not refused.
pub async fn forget_bounce(
    conn: &mut AnyConnection,
    message: MessageId,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE message SET bounced_at = NULL WHERE id = $1 AND bounced_at IS NOT NULL",
    )
    .bind(message.to_string())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}
