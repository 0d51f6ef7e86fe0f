//! How mails leave.

use std::{io, path::PathBuf};

use tracing::{info, warn};

use super::{
    access_token::AccessTokens,
    dev_mailbox::DevMailbox,
    smtp::{Change, Delivery, Permit, Smtp},
};
use crate::{
    config::{self, Config},
    domain::{message::MessageId, timestamp::Timestamp},
};

/// The way out.
pub enum Transport {
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// Into the development mailbox.
    Dev(DevMailbox),
    /// Into a directory, one `.eml` for each mail.
    File(PathBuf),
}

/// A mail on its way out.
pub struct Outgoing<'a> {
    /// Which message it is.
    pub id: MessageId,
    /// Envelope sender; none for the null sender.
    pub from: Option<&'a str>,
    /// Envelope recipient.
    pub to: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

impl Transport {
    /// The way that the configuration names.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(match (&config.mail.transport, &config.smtp) {
            (config::Transport::Smtp, Some(smtp)) => {
                let (url, roots) = (smtp.url.clone(), &smtp.authorities);
                let way = Smtp::new(url, smtp.connections, smtp.timeout, roots);
                Self::Smtp(Box::new(match &smtp.oauth {
                    Some(oauth) => way.with_tokens(AccessTokens::new(oauth.clone(), roots)),
                    None => way,
                }))
            }
            (config::Transport::Smtp, None) => {
                anyhow::bail!("smtp.url is missing: mail.transport is \"smtp\"")
            }
            (config::Transport::Dev, _) => Self::Dev(DevMailbox::default()),
            (config::Transport::File(directory), _) => Self::File(directory.clone()),
        })
    }

    /// The development mailbox, where that is the way out.
    pub fn dev_mailbox(&self) -> Option<&DevMailbox> {
        match self {
            Self::Dev(mailbox) => Some(mailbox),
            Self::Smtp(_) | Self::File(_) => None,
        }
    }

    /// How many mails may be handed over at this time.
    pub fn permit(&self, now: Timestamp) -> Permit {
        match self {
            Self::Smtp(smtp) => smtp.permit(now),
            Self::Dev(_) | Self::File(_) => Permit::All,
        }
    }

    /// When the mail server last took a mail; none where there is no mail server, or not yet.
    pub fn taken_at(&self) -> Option<Timestamp> {
        match self {
            Self::Smtp(smtp) => smtp.taken_at(),
            Self::Dev(_) | Self::File(_) => None,
        }
    }

    /// The same for whoever holds to it; see [`Smtp::claim`].
    pub fn claim(&self, now: Timestamp) -> Permit {
        match self {
            Self::Smtp(smtp) => smtp.claim(now),
            Self::Dev(_) | Self::File(_) => Permit::All,
        }
    }

    /// Looks whether the way is free, so that an operator who starts the daemon learns at once that
    /// mails will have to wait.
    pub async fn look(&self, now: Timestamp) {
        if let Self::Smtp(smtp) = self
            && let Err(reason) = smtp.check().await
            && smtp.trip(now) == Some(Change::Tripped)
        {
            say_that_it_is_away(smtp, &reason);
        }
    }

    /// Hands a mail over. What it shows of a mail server is taken note of; the log says when one
    /// goes and comes, and not for each mail.
    pub async fn send(&self, mail: &Outgoing<'_>, now: Timestamp) -> Delivery {
        match self {
            Self::Smtp(smtp) => {
                let (delivery, standing) = smtp.hand_over(mail.from, mail.to, mail.bytes).await;
                if matches!(delivery, Delivery::Delivered { .. }) {
                    smtp.took(now);
                }
                match smtp.note(standing, now) {
                    Some(Change::Tripped) => say_that_it_is_away(smtp, delivery.reason()),
                    Some(Change::Mended) => info!(
                        event = "outbox.reachable",
                        "The mail server takes mails again; what has waited is sent now"
                    ),
                    None => {}
                }
                delivery
            }
            Self::Dev(mailbox) => {
                mailbox.put(now, mail.from, mail.to, mail.bytes);
                Delivery::Delivered {
                    reply: "in the development mailbox".to_owned(),
                }
            }
            Self::File(directory) => {
                let path = directory.join(format!("{}.eml", mail.id));
                match write_whole(path.clone(), mail.bytes.to_vec()).await {
                    Ok(()) => Delivery::Delivered {
                        reply: format!("written to {}", path.display()),
                    },
                    Err(error) => Delivery::Deferred {
                        reason: format!("cannot write {}: {error}", path.display()),
                        possibly_delivered: false,
                    },
                }
            }
        }
    }
}

fn say_that_it_is_away(smtp: &Smtp, reason: &str) {
    warn!(
        event = "outbox.unreachable",
        reason,
        taken_at = smtp.taken_at().map(|at| at.to_string()),
        "The mail server does not take mails now; they wait, and one of them tries now and then: \
         {reason}"
    );
}

/// Writes a file so that it is there as a whole or not at all.
async fn write_whole(path: PathBuf, bytes: Vec<u8>) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    tokio::task::spawn_blocking(move || {
        let part = path.with_extension("part");
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        // Its links and its reply address are keys of a kind.
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&part)?;
        io::Write::write_all(&mut file, &bytes)?;
        file.sync_all()?;
        std::fs::rename(part, path)
    })
    .await
    .map_err(io::Error::other)?
}
