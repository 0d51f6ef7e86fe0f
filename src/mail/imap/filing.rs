//! Putting messages out of the way when they are done.

use super::conversation::Command;
use super::open::folder_name;
use super::{ImapError, Mailbox};

/// Marks what is done, where the folder can keep words of our own.
pub(super) const KEYWORD: &str = "$Processed";

/// Marks what is done everywhere else.
pub(super) const SEEN: &str = "\\Seen";

/// Marks what is to be expunged.
pub(super) const DELETED: &str = "\\Deleted";

/// How many messages one command names: far fewer take longer each, far more
/// make lines longer than some servers read.
const AT_ONCE: usize = 100;

impl Mailbox {
    /// Moves messages into another folder. Those that are gone already are
    /// passed over.
    ///
    /// A server without MOVE (RFC 6851) copies first and deletes then: if the
    /// connection breaks in between, the message is in both folders. Without
    /// UIDPLUS it also stays here, see [`Mailbox::delete`].
    pub async fn move_to(&mut self, uids: &[u32], folder: &str) -> Result<(), ImapError> {
        let name = folder_name(folder);
        for uids in uids.chunks(AT_ONCE) {
            let set = uid_set(uids);
            if self.abilities.moving {
                let attempt = format!("move messages to the folder {folder}");
                self.tell(&format!("UID MOVE {set} {name}"), &attempt)
                    .await?;
            } else {
                let attempt = format!("copy messages to the folder {folder}");
                self.tell(&format!("UID COPY {set} {name}"), &attempt)
                    .await?;
                self.remove(&set).await?;
            }
        }
        Ok(())
    }

    /// Marks messages as done and leaves them where they are.
    pub async fn flag(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        for uids in uids.chunks(AT_ONCE) {
            let text = format!(
                "UID STORE {} +FLAGS.SILENT ({})",
                uid_set(uids),
                self.done_flag
            );
            self.tell(&text, "mark messages").await?;
        }
        Ok(())
    }

    /// Deletes messages for good. A server without UIDPLUS (RFC 4315) keeps
    /// them, marked as deleted and done; they are not fetched any more.
    pub async fn delete(&mut self, uids: &[u32]) -> Result<(), ImapError> {
        for uids in uids.chunks(AT_ONCE) {
            self.remove(&uid_set(uids)).await?;
        }
        Ok(())
    }

    /// Deletes a set. A server without UID EXPUNGE (RFC 4315) keeps it,
    /// marked as deleted: the plain EXPUNGE would also remove what somebody
    /// else marked. The second flag tells it from what they marked.
    async fn remove(&mut self, set: &str) -> Result<(), ImapError> {
        let flags = if self.abilities.uid_plus {
            DELETED.to_owned()
        } else {
            format!("{DELETED} {}", self.done_flag)
        };
        let text = format!("UID STORE {set} +FLAGS.SILENT ({flags})");
        self.tell(&text, "mark messages as deleted").await?;
        if self.abilities.uid_plus {
            self.tell(&format!("UID EXPUNGE {set}"), "delete messages")
                .await?;
        }
        Ok(())
    }

    async fn tell(&mut self, text: &str, attempt: &str) -> Result<(), ImapError> {
        self.conversation
            .demand(Command::new(text, attempt), |_| {})
            .await
    }
}

/// UIDs as they stand in a command. Integers only, so nothing that came from
/// a mail can get into one.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let numbers: Vec<String> = uids.iter().map(u32::to_string).collect();
    numbers.join(",")
}
