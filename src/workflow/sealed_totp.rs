//! The secret of a one-time-code device as the database keeps it: sealed, by a key that is not there.

use tracing::error;

use crate::{
    app::App,
    domain::{
        people::AdministratorId,
        totp_secret::{SECRET_BYTES, TotpSecret},
    },
    store::{
        StoreError, retrying,
        totps::{self, Totp},
    },
};

/// Seals the secret of an administrator; it is of no use in the row of another.
pub(super) fn seal(app: &App, administrator: AdministratorId, secret: &TotpSecret) -> String {
    let ring = app.keys.current();
    ring.seal(&[b"totp", administrator.0.as_bytes()], secret.as_bytes())
}

/// Opens it again; none where no key of ours does, which the log then says.
pub(super) fn unseal(app: &App, totp: &Totp) -> Option<TotpSecret> {
    let ring = app.keys.current();
    let opened = ring.unseal(&[b"totp", totp.administrator.0.as_bytes()], &totp.secret);
    let bytes: Option<[u8; SECRET_BYTES]> = match opened {
        Ok(bytes) => bytes.try_into().ok(),
        Err(reason) => {
            error!(
                event = "factor.unreadable",
                administrator.id = %totp.administrator,
                "The one-time-code secret of administrator {} cannot be read: {reason}. They get in \
                 with a recovery code, or after `esecured admin reset-factors`", totp.administrator
            );
            None
        }
    };
    bytes.map(TotpSecret::from_bytes)
}

/// Seals the secrets anew that a former key has sealed, so that none is lost when that key is dropped.
pub async fn reseal(app: &App) -> Result<(), StoreError> {
    const AT_ONCE: i64 = 500;
    let ring = app.keys.current();
    let key_id = ring.signing_key().to_string();
    let mut conn = app.store.read().await?;
    let old = totps::sealed_otherwise(&mut conn, &key_id, AT_ONCE).await?;
    drop(conn);
    for totp in old {
        let Some(secret) = unseal(app, &totp) else {
            continue; // Said already. Recovery codes and the operator help.
        };
        let anew = seal(app, totp.administrator, &secret);
        retrying(|| async {
            let mut tx = app.store.begin().await?;
            totps::reseal(&mut tx, totp.administrator, &totp.secret, &anew).await?;
            tx.commit().await
        })
        .await?;
    }
    Ok(())
}
