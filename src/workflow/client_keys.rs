//! The API keys of shipping systems: the operator hands them out, replaces them and takes them away.

use sha2::{Digest, Sha256};

use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        event::{Actor, AuditEvent},
        people::{Client, ClientId, KeyHolder, TestClient},
        timestamp::Timestamp,
    },
    store::{StoreError, accounts, audit, clients, may_retry, retrying},
};

/// Why no key was handed out or taken away.
#[derive(Debug, thiserror::Error)]
pub enum ClientKeyError {
    /// No such account.
    #[error("there is no account {0}: add it with `esecured account add`")]
    UnknownAccount(String),
    /// No such client, or its key was revoked.
    #[error("there is no client {0:?} with a key that works: see `esecured client list`")]
    UnknownClient(String),
    /// The client exists.
    #[error("there is a client {0:?} already: choose another name, or `esecured client rotate`")]
    ClientExists(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(ClientKeyError);

/// A fresh API key: `esk_` and 256 random bits.
pub struct ApiKey(String);

impl ApiKey {
    /// Makes one.
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = crate::random::bytes();
        Self(format!(
            "esk_{}",
            data_encoding::BASE64URL_NOPAD.encode(&bytes)
        ))
    }

    /// The key itself: shown once, kept nowhere.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What the table keeps: the SHA-256 of a key, in hexadecimal.
    pub fn hash(key: &str) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
    }
}

/// Adds a shipping system; without accounts its key may use every one, later ones too.
pub async fn add_client(
    app: &App,
    name: &str,
    scope: &[AccountNumber],
    expires_at: Option<Timestamp>,
) -> Result<ApiKey, ClientKeyError> {
    let client = Client {
        id: ClientId::new(),
        name: name.to_owned(),
        all_accounts: scope.is_empty(),
    };
    add(app, &KeyHolder::Live(client), scope, expires_at).await
}

/// Adds a shipping system with a key for tests; without accounts it takes every number.
pub async fn add_test_client(
    app: &App,
    name: &str,
    scope: &[AccountNumber],
    expires_at: Option<Timestamp>,
) -> Result<ApiKey, ClientKeyError> {
    let client = TestClient {
        id: ClientId::new(),
        name: name.to_owned(),
    };
    add(app, &KeyHolder::Test(client), scope, expires_at).await
}

async fn add(
    app: &App,
    client: &KeyHolder,
    scope: &[AccountNumber],
    expires_at: Option<Timestamp>,
) -> Result<ApiKey, ClientKeyError> {
    let key = ApiKey::fresh();
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if clients::id_of(&mut tx, client.name()).await?.is_some() {
            return Err(ClientKeyError::ClientExists(client.name().to_owned()));
        }
        for account in scope {
            if accounts::find(&mut tx, account).await?.is_none() {
                return Err(ClientKeyError::UnknownAccount(account.as_str().to_owned()));
            }
        }
        let hash = ApiKey::hash(key.expose());
        clients::insert(&mut tx, client, &hash, scope, expires_at, now).await?;
        let event = AuditEvent::of_system("client.added", Actor::Operator, now)
            .shown_by("client", client.id().to_string())
            .shown_by("mode", client.mode().as_str());
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    Ok(key)
}

/// Takes a shipping system's key away, at once.
pub async fn revoke_client(app: &App, name: &str) -> Result<(), ClientKeyError> {
    change_key(app, name, "client.revoked", None).await
}

/// Gives a shipping system a new key; the old one stops at once.
pub async fn rotate_client(app: &App, name: &str) -> Result<ApiKey, ClientKeyError> {
    let key = ApiKey::fresh();
    change_key(app, name, "client.rotated", Some(&key)).await?;
    Ok(key)
}

async fn change_key(
    app: &App,
    name: &str,
    event: &'static str,
    key: Option<&ApiKey>,
) -> Result<(), ClientKeyError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let unknown = || ClientKeyError::UnknownClient(name.to_owned());
        let id = clients::id_of(&mut tx, name).await?.ok_or_else(unknown)?;
        let changed = match key {
            Some(key) => clients::rotate(&mut tx, name, &ApiKey::hash(key.expose()), now).await?,
            None => clients::revoke(&mut tx, name, now).await?,
        };
        if !changed {
            return Err(unknown());
        }
        let event =
            AuditEvent::of_system(event, Actor::Operator, now).shown_by("client", id.to_string());
        audit::append(&mut tx, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}
