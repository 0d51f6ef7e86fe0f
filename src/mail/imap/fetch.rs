//! Reading what is new: first the sizes, then the mails in batches.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use async_imap::imap_proto::{AttributeValue, Response};

use super::conversation::{Answer, Command};
use super::filing::{DELETED, KEYWORD, uid_set};
use super::imap_error::is_passing;
use super::{Fetched, ImapError, Listed, Mailbox};

/// The longest listing that is kept; the rest is listed when it is its turn.
const LONGEST_LISTING: usize = 10_000;

/// Octets of mail in one batch, so that a hundred large mails do not fill the
/// memory. A single mail may be larger.
const BATCH_OCTETS: u64 = 16 * 1024 * 1024;

/// The slowest line over which mail is still read, in octets a second.
const SLOWEST_LINE: u64 = 64 * 1024;

/// How much longer than other commands a listing may take: it is the whole
/// folder when that is new to us.
const LISTING_TAKES: u32 = 5;

impl Mailbox {
    /// The next messages with UIDs above `uid`, in their order: at most
    /// `at_most` of them, and fewer when they are large. Messages above
    /// `size_limit` octets come without their octets.
    ///
    /// None at all means that the server confirmed that there is none. The
    /// messages are not marked as seen, and come again when asked for again.
    pub async fn fetch_after(
        &mut self,
        uid: u32,
        at_most: usize,
        size_limit: u32,
    ) -> Result<Vec<Fetched>, ImapError> {
        let mut after = uid;
        loop {
            self.list_after(after, size_limit).await?;
            let Some(end) = self.listed.back().map(|message| message.uid) else {
                return Ok(Vec::new());
            };
            let batch = self.next_batch(at_most, size_limit);
            after = batch.last().map_or(end, |message| message.uid);
            let fetched = self.fetch_batch(batch, size_limit).await?;
            if !fetched.is_empty() {
                return Ok(fetched);
            }
            // The whole batch is gone, or as good as gone; there may be more.
        }
    }

    /// Sees to it that the listing begins with the first message above `uid`.
    async fn list_after(&mut self, uid: u32, size_limit: u32) -> Result<(), ImapError> {
        if uid >= self.listed_after {
            self.listed.retain(|message| message.uid > uid);
        } else {
            self.listed.clear();
        }
        self.listed_after = uid;
        if !self.listed.is_empty() {
            return Ok(());
        }
        let Some(first) = uid.checked_add(1) else {
            return Ok(());
        };
        // A FETCH alone only shows what the server has noticed already.
        // Dovecot, for one, looks at NOOP.
        self.look().await?;
        // What is announced from here on may not be in the listing.
        self.conversation.arrived = false;
        // A size that is not asked for is taken for the largest: no more octets are fetched anyway.
        let (attributes, size_unasked) = if self.caution.one_by_one {
            ("UID FLAGS", Some(size_limit))
        } else {
            ("UID RFC822.SIZE FLAGS", None)
        };
        let set = set_without(first, &self.caution.left_out);
        let text = format!("UID FETCH {set} ({attributes})");
        let attempt = "list the messages";
        let longer = self.conversation.answer_within() * (LISTING_TAKES - 1);
        let (uid_plus, done_flag) = (self.abilities.uid_plus, self.done_flag);
        let mut found: BTreeMap<u32, Found> = BTreeMap::new();
        let command = Command::new(&text, attempt).taking_longer(longer);
        self.asking = Some(Vec::new());
        self.conversation
            .demand(command, |response| {
                let Response::Fetch(_, attributes) = response else {
                    return;
                };
                // In an empty range `*` is the last message all the same
                // (RFC 3501, section 6.4.8).
                let Some(number) = uid_of(attributes).filter(|number| *number >= first) else {
                    return;
                };
                let message = found.entry(number).or_default();
                for attribute in attributes {
                    match attribute {
                        AttributeValue::Rfc822Size(size) => message.size = Some(*size),
                        AttributeValue::Flags(flags) => {
                            let has =
                                |name| flags.iter().any(|flag| flag.eq_ignore_ascii_case(name));
                            message.processed = has(KEYWORD);
                            // With UIDPLUS it would be gone: somebody else marked it.
                            message.removed = !uid_plus && has(DELETED) && has(done_flag);
                        }
                        _ => {}
                    }
                }
                if found.len() > LONGEST_LISTING {
                    found.pop_last();
                }
            })
            .await?;
        self.asking = None;
        for (uid, message) in found {
            let Some(size) = message.size.or(size_unasked) else {
                return Err(self
                    .conversation
                    .protocol("it lists a message without its size"));
            };
            self.listed.push_back(Listed {
                uid,
                size,
                processed: message.processed,
                removed: message.removed,
            });
        }
        Ok(())
    }

    /// The beginning of the listing, as much as is fetched at once.
    fn next_batch(&self, at_most: usize, size_limit: u32) -> Vec<Listed> {
        let at_most = if self.caution.one_by_one { 1 } else { at_most };
        let mut octets = 0;
        let mut batch = Vec::new();
        let left = self.listed.iter().filter(|message| !message.removed);
        for message in left.take(at_most) {
            if message.is_fetched_below(size_limit) {
                octets += u64::from(message.size);
            }
            if octets > BATCH_OCTETS && !batch.is_empty() {
                break;
            }
            batch.push(*message);
        }
        batch
    }

    /// The messages of a batch, without those that are gone meanwhile. Where
    /// the server does not hand one out, the batch ends before it; if it is
    /// the first, that is the error.
    async fn fetch_batch(
        &mut self,
        mut batch: Vec<Listed>,
        size_limit: u32,
    ) -> Result<Vec<Fetched>, ImapError> {
        let mut bodies = HashMap::new();
        let mut refusal = self.fetch_bodies(&batch, size_limit, &mut bodies).await?;
        if refusal.is_some() && batch.len() > 1 {
            // One of them is the reason. The first alone tells more.
            batch.truncate(1);
            bodies.clear();
            refusal = self.fetch_bodies(&batch, size_limit, &mut bodies).await?;
        }
        let mut missing: Vec<u32> = batch
            .iter()
            .filter(|message| {
                message.is_fetched_below(size_limit) && !bodies.contains_key(&message.uid)
            })
            .map(|message| message.uid)
            .collect();
        self.keep_existing(&mut missing).await?;

        let mut fetched = Vec::with_capacity(batch.len());
        for message in batch {
            let raw = bodies.remove(&message.uid);
            if missing.contains(&message.uid) {
                if fetched.is_empty() {
                    return Err(ImapError::Unreadable {
                        server: self.conversation.server().to_owned(),
                        uid: message.uid,
                        reason: refusal.unwrap_or_else(|| "it gave no reason".to_owned()),
                    });
                }
                break;
            }
            if raw.is_none() && message.is_fetched_below(size_limit) {
                continue; // It is gone.
            }
            fetched.push(Fetched {
                uid: message.uid,
                // Some servers only estimate RFC822.SIZE.
                size: raw.as_ref().map_or(message.size, |octets| {
                    u32::try_from(octets.len()).unwrap_or(u32::MAX)
                }),
                raw: raw.filter(|octets| octets.len() as u64 <= u64::from(size_limit)),
                processed: message.processed,
            });
        }
        Ok(fetched)
    }

    /// Fetches what is small enough into `bodies`. A NO is returned; it may
    /// concern a single message.
    async fn fetch_bodies(
        &mut self,
        batch: &[Listed],
        size_limit: u32,
        bodies: &mut HashMap<u32, Vec<u8>>,
    ) -> Result<Option<String>, ImapError> {
        let wanted: Vec<Listed> = batch
            .iter()
            .filter(|message| message.is_fetched_below(size_limit))
            .copied()
            .collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let uids: Vec<u32> = wanted.iter().map(|message| message.uid).collect();
        let octets: u64 = wanted.iter().map(|message| u64::from(message.size)).sum();
        // One octet more than allowed shows that there are more.
        let at_most = u64::from(size_limit) + 1;
        let text = format!(
            "UID FETCH {} (UID BODY.PEEK[]<0.{at_most}>)",
            uid_set(&uids)
        );
        let attempt = "hand out messages";
        let command =
            Command::new(&text, attempt).taking_longer(Duration::from_secs(octets / SLOWEST_LINE));
        self.conversation.expect_literals_of(at_most);
        self.asking = Some(uids.clone());
        let answer = self
            .conversation
            .ask(command, |response| {
                let Response::Fetch(_, attributes) = response else {
                    return;
                };
                let Some(uid) = uid_of(attributes).filter(|uid| uids.contains(uid)) else {
                    return;
                };
                if let Some(octets) = body_of(attributes) {
                    bodies.insert(uid, octets.to_vec());
                }
            })
            .await?;
        let refusal = match answer {
            Answer::Ok => None,
            Answer::No(reason) if !is_passing(&reason) => Some(reason),
            Answer::No(reason) | Answer::Bad(reason) => {
                return Err(self.conversation.refused(attempt, &reason));
            }
        };
        self.asking = None;
        Ok(refusal)
    }

    /// Drops the UIDs that the folder does not hold any more.
    async fn keep_existing(&mut self, uids: &mut Vec<u32>) -> Result<(), ImapError> {
        if uids.is_empty() {
            return Ok(());
        }
        let mut existing = Vec::new();
        let text = format!("UID FETCH {} (UID)", uid_set(uids));
        let command = Command::new(&text, "list messages again");
        self.conversation
            .demand(command, |response| {
                if let Response::Fetch(_, attributes) = response {
                    existing.extend(uid_of(attributes));
                }
            })
            .await?;
        uids.retain(|uid| existing.contains(uid));
        Ok(())
    }
}

/// What a listing says of a message.
#[derive(Default)]
struct Found {
    size: Option<u32>,
    processed: bool,
    removed: bool,
}

/// All UIDs from `first` on but those left out. With any of these there is no `*`, which may be one
/// of them.
fn set_without(first: u32, left_out: &BTreeSet<u32>) -> String {
    if left_out.is_empty() {
        return format!("{first}:*");
    }
    let mut from = Some(first);
    let mut ranges = Vec::new();
    for uid in left_out.range(first..) {
        if let Some(from) = from.filter(|from| from < uid) {
            ranges.push(format!("{from}:{}", uid - 1));
        }
        from = uid.checked_add(1);
    }
    ranges.extend(from.map(|from| format!("{from}:{}", u32::MAX)));
    ranges.join(",")
}

fn uid_of(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    })
}

fn body_of<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection {
            section: None,
            data: Some(octets),
            ..
        } => Some(&**octets),
        _ => None,
    })
}
