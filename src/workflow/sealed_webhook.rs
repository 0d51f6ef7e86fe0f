//! The secrets of endpoints as the database keeps them: sealed, by a key that is not there.

use tracing::error;

use crate::{
    app::App,
    domain::{
        people::ClientId,
        webhook::EndpointId,
        webhook_secret::{SECRET_BYTES, WebhookSecret},
    },
    store::{
        StoreError,
        endpoints::{self, SealedSecrets},
        retrying,
    },
};

/// Seals the secret of an endpoint; it is of no use in the row of another.
pub(super) fn seal(app: &App, endpoint: EndpointId, secret: &WebhookSecret) -> String {
    let ring = app.keys.current();
    ring.seal(&[b"webhook", endpoint.0.as_bytes()], secret.as_bytes())
}

/// Opens it again; none where no key of ours does, which the log then says.
pub(super) fn unseal(app: &App, endpoint: EndpointId, sealed: &str) -> Option<WebhookSecret> {
    let ring = app.keys.current();
    let opened = ring.unseal(&[b"webhook", endpoint.0.as_bytes()], sealed);
    let bytes: Option<[u8; SECRET_BYTES]> = match opened {
        Ok(bytes) => bytes.try_into().ok(),
        Err(reason) => {
            error!(
                event = "webhook.unreadable",
                endpoint.id = %endpoint,
                "The secret of webhook endpoint {endpoint} cannot be read: {reason}. \
                 `esecured webhook rotate {endpoint}` makes another"
            );
            None
        }
    };
    bytes.map(WebhookSecret::from_bytes)
}

/// Seals the answer to who added an endpoint, which says its secret; of no use to another client.
pub(super) fn seal_answer(app: &App, client: ClientId, body: &str) -> String {
    let ring = app.keys.current();
    ring.seal(&[b"answer", client.0.as_bytes()], body.as_bytes())
}

/// Opens it again; none where its key was dropped meanwhile.
pub(super) fn unseal_answer(app: &App, client: ClientId, sealed: &str) -> Option<String> {
    let ring = app.keys.current();
    let opened = ring
        .unseal(&[b"answer", client.0.as_bytes()], sealed)
        .ok()?;
    String::from_utf8(opened).ok()
}

/// Seals the secrets anew that a former key has sealed, so that none is lost when that key is dropped.
pub async fn reseal(app: &App) -> Result<(), StoreError> {
    const AT_ONCE: i64 = 500;
    let ring = app.keys.current();
    let key_id = ring.signing_key().to_string();
    let mut conn = app.store.read().await?;
    let old = endpoints::sealed_otherwise(&mut conn, &key_id, AT_ONCE).await?;
    drop(conn);
    for (endpoint, sealed) in old {
        let anew = |old: &str| Some(seal(app, endpoint, &unseal(app, endpoint, old)?));
        let Some(current) = anew(&sealed.current) else {
            continue; // Said already.
        };
        // A former one that cannot be opened signs nothing any more.
        let former = sealed.former.as_deref().map(|old| match anew(old) {
            Some(new) => new,
            None => old.to_owned(),
        });
        let anew = SealedSecrets { current, former };
        retrying(|| async {
            let mut tx = app.store.begin().await?;
            endpoints::reseal(&mut tx, endpoint, &sealed, &anew).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(())
}
