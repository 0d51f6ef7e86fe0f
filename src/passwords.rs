//! Hashing and checking passwords with argon2id, without letting a crowd of sign-ins eat the machine.
//! What makes one worth having is in [`strength`].

pub mod strength;

use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicU64, Ordering},
};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// Hashes at the same time; each takes 46 MiB.
const AT_ONCE: usize = 2;

const MEMORY_KIB: u32 = 46 * 1024;

/// The way to hash and check passwords.
pub struct Passwords {
    turn: Arc<Semaphore>,
    worked_out: AtomicU64,
}

impl Passwords {
    /// Ready to hash.
    pub fn new() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(AT_ONCE)),
            worked_out: AtomicU64::new(0),
        }
    }

    /// The hash of a password, in PHC form.
    pub async fn hash(&self, password: SecretString) -> anyhow::Result<String> {
        self.alone(move || {
            let hash = hasher().hash_password(password.expose_secret().as_bytes())?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password fits a hash. Without a hash it takes as long and says no, so that time
    /// does not tell who has an account.
    pub async fn check(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> anyhow::Result<bool> {
        self.alone(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS_HASH.clone());
            let parsed = PasswordHash::new(&hash)?;
            let fits = hasher()
                .verify_password(password.expose_secret().as_bytes(), &parsed)
                .is_ok();
            Ok(fits && known)
        })
        .await
    }

    /// How many hashes were worked out so far. That it is one for each sign-in, whoever tries, shows
    /// better than a clock that time tells nobody who has an account.
    pub fn worked_out(&self) -> u64 {
        self.worked_out.load(Ordering::Relaxed)
    }

    async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.turn).acquire_owned().await?;
        self.worked_out.fetch_add(1, Ordering::Relaxed);
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await?
            .map_err(|error| anyhow::anyhow!("hashing a password failed: {error}"))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hasher() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 1, 1, None).expect("the constants are in argon2's range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

static NOBODYS_HASH: LazyLock<String> = LazyLock::new(|| {
    hasher()
        .hash_password(b"the password of nobody")
        .map(|hash| hash.to_string())
        .unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_fits_and_nobody_has_none() {
        let passwords = Passwords::new();
        let password = || SecretString::from("three blue bicycles");
        let hash = passwords.hash(password()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .check(password(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .check("three blue bicycle".into(), Some(hash))
                .await
                .unwrap()
        );
        let nobody = "the password of nobody".into();
        assert!(!passwords.check(nobody, None).await.unwrap());
    }
}
