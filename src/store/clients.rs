//! Shipping systems and their API keys.

use sqlx::{AnyConnection, any::AnyRow};

use super::{
    StoreError,
    rows::{Reader, changed, from_str, micros},
};
use crate::domain::{
    account_number::AccountNumber,
    people::{Client, ClientId, KeyHolder, Mode, TestClient},
    timestamp::Timestamp,
};

/// A client as the operator sees it.
pub struct ClientRow {
    /// Which.
    pub id: ClientId,
    /// What the operator calls it.
    pub name: String,
    /// What its key is for.
    pub mode: Mode,
    /// Since when.
    pub created_at: Timestamp,
    /// The key stops working here.
    pub expires_at: Option<Timestamp>,
    /// The key was taken away here.
    pub revoked_at: Option<Timestamp>,
    /// The accounts in its scope; empty where every account is.
    pub accounts: Vec<AccountNumber>,
}

/// Adds a client. An empty scope means every account, later ones too.
pub async fn insert(
    conn: &mut AnyConnection,
    client: &KeyHolder,
    key_hash: &str,
    accounts: &[AccountNumber],
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO client (id, name, mode, key_hash, all_accounts_at, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(client.id().to_string())
    .bind(client.name())
    .bind(client.mode().as_str())
    .bind(key_hash)
    .bind(accounts.is_empty().then_some(now.as_micros()))
    .bind(now.as_micros())
    .bind(micros(expires_at))
    .execute(&mut *conn)
    .await?;
    for account in accounts {
        sqlx::query("INSERT INTO client_account (client_id, account_number) VALUES ($1, $2)")
            .bind(client.id().to_string())
            .bind(account.as_str())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Whose key has this hash and still works.
pub async fn by_working_key(
    conn: &mut AnyConnection,
    key_hash: &str,
    now: Timestamp,
) -> Result<Option<KeyHolder>, StoreError> {
    sqlx::query(
        "SELECT id, name, mode, all_accounts_at FROM client
         WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(key_hash)
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?
    .map(|row| key_holder(&row))
    .transpose()
}

/// The client of this name, where its key still works.
pub async fn by_name(
    conn: &mut AnyConnection,
    name: &str,
    now: Timestamp,
) -> Result<Option<KeyHolder>, StoreError> {
    sqlx::query(
        "SELECT id, name, mode, all_accounts_at FROM client
         WHERE name = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(name)
    .bind(now.as_micros())
    .fetch_optional(conn)
    .await?
    .map(|row| key_holder(&row))
    .transpose()
}

/// Whether an account is in a client's scope.
pub async fn may_use(
    conn: &mut AnyConnection,
    client: &Client,
    account: &AccountNumber,
) -> Result<bool, StoreError> {
    if client.all_accounts {
        return Ok(true);
    }
    let row =
        sqlx::query("SELECT 1 FROM client_account WHERE client_id = $1 AND account_number = $2")
            .bind(client.id.to_string())
            .bind(account.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some())
}

/// Takes the key away; `false` where there is no such client with a key.
pub async fn revoke(
    conn: &mut AnyConnection,
    name: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result =
        sqlx::query("UPDATE client SET revoked_at = $1 WHERE name = $2 AND revoked_at IS NULL")
            .bind(now.as_micros())
            .bind(name)
            .execute(conn)
            .await?;
    Ok(changed(&result))
}

/// Gives a client a new key; the old one stops at once. `false` where there is no such client.
pub async fn rotate(
    conn: &mut AnyConnection,
    name: &str,
    key_hash: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let result = sqlx::query(
        "UPDATE client SET key_hash = $1
             WHERE name = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
    )
    .bind(key_hash)
    .bind(name)
    .bind(now.as_micros())
    .execute(conn)
    .await?;
    Ok(changed(&result))
}

/// The id of a client.
pub async fn id_of(conn: &mut AnyConnection, name: &str) -> Result<Option<ClientId>, StoreError> {
    sqlx::query("SELECT id FROM client WHERE name = $1")
        .bind(name)
        .fetch_optional(conn)
        .await?
        .map(|row| reader(&row).parsed("id", from_str))
        .transpose()
}

/// The name of a client.
pub async fn name_of(conn: &mut AnyConnection, id: ClientId) -> Result<Option<String>, StoreError> {
    Ok(sqlx::query_scalar("SELECT name FROM client WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(conn)
        .await?)
}

/// All clients, by name.
pub async fn all(conn: &mut AnyConnection) -> Result<Vec<ClientRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, name, mode, all_accounts_at, created_at, expires_at, revoked_at
         FROM client ORDER BY name",
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut clients = Vec::with_capacity(rows.len());
    for row in &rows {
        let read = reader(row);
        let scope = sqlx::query(
            "SELECT client_id, account_number FROM client_account
             WHERE client_id = $1 ORDER BY account_number",
        )
        .bind(read.text("id")?)
        .fetch_all(&mut *conn)
        .await?;
        let accounts = scope.iter().map(|row| {
            let read = Reader {
                row,
                table: "client_account",
                key: "client_id",
            };
            read.account("account_number")
        });
        clients.push(ClientRow {
            id: read.parsed("id", from_str)?,
            name: read.text("name")?,
            mode: read.parsed("mode", Mode::parse)?,
            created_at: read.time("created_at")?,
            expires_at: read.maybe_time("expires_at")?,
            revoked_at: read.maybe_time("revoked_at")?,
            accounts: accounts.collect::<Result<_, _>>()?,
        });
    }
    Ok(clients)
}

fn reader(row: &AnyRow) -> Reader<'_> {
    Reader {
        row,
        table: "client",
        key: "id",
    }
}

/// Whose key it is: `id`, `name`, `mode` and `all_accounts_at` of a row.
pub(super) fn key_holder(row: &AnyRow) -> Result<KeyHolder, StoreError> {
    let read = reader(row);
    let (id, name) = (read.parsed("id", from_str)?, read.text("name")?);
    Ok(match read.parsed("mode", Mode::parse)? {
        Mode::Live => KeyHolder::Live(Client {
            id,
            name,
            all_accounts: read.maybe_time("all_accounts_at")?.is_some(),
        }),
        Mode::Test => KeyHolder::Test(TestClient { id, name }),
    })
}
