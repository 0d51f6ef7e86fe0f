//! How mails leave.

use std::{io, path::PathBuf};

use super::{
    access_token::AccessTokens,
    dev_mailbox::DevMailbox,
    smtp::{Delivery, Smtp},
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

    /// Hands a mail over.
    pub async fn send(&self, mail: &Outgoing<'_>, now: Timestamp) -> Delivery {
        match self {
            Self::Smtp(smtp) => smtp.send(mail.from, mail.to, mail.bytes).await,
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
