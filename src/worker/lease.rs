//! Leases: how long they last, and holding one while the outside world is slow.

use std::{future::Future, time::Duration};

use crate::store::StoreError;

/// How long a lease lasts.
pub const LEASE: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(10);

/// Does the work and renews its lease meanwhile. Where it cannot be renewed, `lost` is called and the
/// work goes on: a conversation is not broken off for that, and should the lease go to somebody else,
/// its epoch keeps this settlement from counting.
pub async fn holding<T, R>(
    work: impl Future<Output = T>,
    mut renew: impl FnMut() -> R,
    lost: impl Fn(),
) -> T
where
    R: Future<Output = Result<bool, StoreError>>,
{
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(RENEW) => {
                if !renew().await.unwrap_or(false) {
                    lost();
                }
            }
        }
    }
}
