//! The mailbox that answers arrive in, read over IMAP (RFC 3501).
//!
//! A [`Mailbox`] is one signed-in connection with the folder selected. Its
//! user reads what is new with [`Mailbox::fetch_after`], puts what is done
//! out of the way with [`Mailbox::move_to`], and then lets [`Mailbox::wait`]
//! sleep until the server announces more.
//!
//! Whatever goes wrong is an [`ImapError`], and the answer to every error is
//! the same: drop the mailbox and open another one, a little later each time.
//! For that reason nothing here tries to mend a connection, and nothing takes
//! silence for an answer: "no new mail" is only what the server confirmed
//! with a tagged OK, and each step has a deadline of its own. What an error
//! interrupted is told by [`Mailbox::interrupted`], so that the next mailbox
//! can be asked with [`Caution`].

mod conversation;
mod fetch;
mod filing;
mod idle;
mod imap_error;
mod imap_url;
mod open;
mod wire;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;

pub use self::idle::Woken;
pub use self::imap_error::ImapError;
pub use self::imap_url::{ImapUrl, InvalidImapUrl};

use self::conversation::Conversation;
use super::access_token::AccessTokens;

/// How a mailbox is opened and waited for.
#[derive(Clone, Debug)]
pub struct MailboxOptions {
    /// Folders that are created when they are missing: where
    /// [`Mailbox::move_to`] will move to.
    pub folders: Vec<String>,
    /// How often the server is asked while it has nothing to say: whether there
    /// is new mail, and whether it is still there.
    pub poll: Duration,
    /// How long the connection, and then the TLS handshake, may each take.
    pub connect_within: Duration,
    /// How long the server may take to answer one command.
    pub answer_within: Duration,
    /// Certificates to trust beside those of this machine.
    pub extra_roots: Vec<CertificateDer<'static>>,
    /// What to sign in with where the URL holds no password.
    pub tokens: Option<Arc<AccessTokens>>,
}

impl Default for MailboxOptions {
    fn default() -> Self {
        Self {
            folders: Vec::new(),
            poll: Duration::from_secs(60),
            connect_within: Duration::from_secs(10),
            answer_within: Duration::from_secs(60),
            extra_roots: Vec::new(),
            tokens: None,
        }
    }
}

/// A signed-in connection with one folder selected.
///
/// Dropping it closes the connection at once; [`Mailbox::close`] says goodbye
/// first.
#[derive(Debug)]
pub struct Mailbox {
    conversation: Conversation,
    poll: Duration,
    abilities: Abilities,
    uid_validity: u32,
    uid_next: Option<u32>,
    exists: u32,
    /// The flag that marks what is done, as this folder can keep it.
    done_flag: &'static str,
    /// What is in the folder, asked for once and then used up in batches:
    /// asking anew for each batch would take quadratic time.
    listed: VecDeque<Listed>,
    /// The listing holds the messages above this UID.
    listed_after: u32,
    caution: Caution,
    /// What is being asked for, see [`Mailbox::interrupted`].
    asking: Option<Vec<u32>>,
}

/// How to ask a server that cannot hand out each of its messages: some end
/// the connection when they come to one that they cannot read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caution {
    /// Asks for one message at a time, and for no sizes, for which a server
    /// may have to read them all.
    pub one_by_one: bool,
    /// Messages that are not asked for at all.
    pub left_out: BTreeSet<u32>,
}

/// A message as it lies in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// Its number, which stays the same as long as
    /// [`Mailbox::uid_validity`] does.
    pub uid: u32,
    /// Its size in octets, as far as they were handed out; otherwise as the
    /// server states it.
    pub size: u32,
    /// Its octets; none where they are more than the size limit, or it was processed.
    pub raw: Option<Vec<u8>>,
    /// [`Mailbox::flag`] marked it earlier (with `$Processed`; `\Seen` is
    /// not taken for it, because people who look into the folder set it).
    pub processed: bool,
}

/// A line of the listing.
#[derive(Clone, Copy, Debug)]
struct Listed {
    uid: u32,
    size: u32,
    processed: bool,
    /// [`Mailbox::move_to`] or [`Mailbox::delete`] is done with it, and the
    /// server cannot take it away.
    removed: bool,
}

/// Which of the extensions that we use the server has.
#[derive(Clone, Copy, Debug, Default)]
struct Abilities {
    /// RFC 2177.
    idle: bool,
    /// RFC 6851.
    moving: bool,
    /// RFC 4315, which has `UID EXPUNGE`.
    uid_plus: bool,
}

impl Listed {
    /// Whether anybody needs its octets.
    fn is_fetched_below(self, size_limit: u32) -> bool {
        self.size <= size_limit && !self.processed
    }
}

impl Mailbox {
    /// The generation of the UIDs. When it differs from the last time, the
    /// UIDs remembered from then mean nothing any more.
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// The UID that the next message was going to get when the folder was
    /// opened, where the server said so.
    pub fn uid_next(&self) -> Option<u32> {
        self.uid_next
    }

    /// How the messages are asked for from now on.
    pub fn take_care(&mut self, caution: Caution) {
        self.caution = caution;
    }

    /// What an error of [`Mailbox::fetch_after`] interrupted: the messages
    /// that were being handed out, by their UIDs, and none where they were
    /// being listed. Nothing where no message was the reason.
    pub fn interrupted(&self) -> Option<&[u32]> {
        self.asking.as_deref()
    }

    /// How many messages the folder held when it was opened.
    pub fn exists(&self) -> u32 {
        self.exists
    }

    /// Says goodbye (LOGOUT). The server gets a moment to answer; what it
    /// answers does not matter any more.
    pub async fn close(mut self) {
        self.conversation.say_goodbye().await;
    }
}
