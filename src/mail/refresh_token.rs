//! The refresh token that is good now. Some token servers hand out a new one with each access token,
//! and then the one before is good no more (RFC 9700, section 2.2.2): the newest is kept in a file, so
//! that a daemon that starts again can go on with it.
//!
//! The file also says from which configured token it descends. Where the operator has put another
//! one into the configuration since, that one counts.

use std::{fs, io, path::PathBuf};

use data_encoding::HEXLOWER;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tracing::{error, warn};

use crate::{closed_file, config::Oauth};

/// What access tokens are asked for with.
#[derive(Default)]
pub(super) struct RefreshToken {
    configured: Option<SecretString>,
    kept_in: Option<PathBuf>,
    /// The newest that is known here, where the file holds none.
    newest: Option<SecretString>,
    warned: bool,
}

impl RefreshToken {
    pub(super) fn of(oauth: &Oauth) -> Self {
        Self {
            configured: oauth.refresh_token.clone(),
            kept_in: oauth.refresh_token_kept_in.clone(),
            newest: None,
            warned: false,
        }
    }

    /// The newest one; none where the client's credentials do. The file is read each time: a command
    /// may have used up what is known here.
    pub(super) fn newest(&self) -> Option<SecretString> {
        let configured = self.configured.as_ref()?;
        let kept = self.read(configured);
        kept.or_else(|| self.newest.clone())
            .or_else(|| Some(configured.clone()))
    }

    /// Another one was handed out.
    pub(super) async fn replace(&mut self, newest: SecretString) {
        let Some(configured) = &self.configured else {
            return; // It was not asked for.
        };
        let Some(path) = self.kept_in.clone() else {
            if !std::mem::replace(&mut self.warned, true) {
                warn!(
                    event = "refresh_token.not_kept",
                    "The token server has handed out a newer refresh token, which only this process \
                     knows: name a file for it, oauth.refresh_token_kept_in, should it refuse the \
                     older one after a restart"
                );
            }
            self.newest = Some(newest);
            return;
        };
        let text = format!("{}\n{}\n", fingerprint(configured), newest.expose_secret());
        let file = path.clone();
        let written = tokio::task::spawn_blocking(move || closed_file::replace(&file, &text)).await;
        let written = written.unwrap_or_else(|cause| Err(io::Error::other(cause)));
        self.newest = match written {
            Ok(()) => None,
            Err(cause) => {
                error!(
                    event = "refresh_token.not_kept",
                    "The newest refresh token cannot be written to {}, and is lost at a restart: {cause}",
                    path.display(),
                );
                Some(newest)
            }
        };
    }

    fn read(&self, configured: &SecretString) -> Option<SecretString> {
        // What could not be written is newer than what is in the file.
        let path = self.kept_in.as_ref().filter(|_| self.newest.is_none())?;
        let text = match fs::read_to_string(path) {
            Ok(text) => SecretString::from(text),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return None,
            Err(cause) => {
                error!(
                    event = "refresh_token.not_kept",
                    "The newest refresh token cannot be read from {}: {cause}",
                    path.display(),
                );
                return None;
            }
        };
        let mut lines = text.expose_secret().lines();
        let descends = lines.next() == Some(&fingerprint(configured));
        let newest = lines.next().filter(|line| descends && !line.is_empty())?;
        Some(newest.into())
    }
}

fn fingerprint(token: &SecretString) -> String {
    HEXLOWER.encode(&Sha256::digest(token.expose_secret()))
}
