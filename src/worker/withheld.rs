//! Mails that the server lists and does not hand out. They hold up no other: each is passed over for
//! a while and then asked for again, later each time. Kept in memory: after a restart of the daemon
//! each of them has another chance at once.

use std::{collections::BTreeMap, time::Duration};

use tracing::warn;

use crate::{domain::timestamp::Timestamp, mail::imap::Caution};

/// How long a mail is passed over at first; twice as long each further time.
const PASSED_OVER: Duration = Duration::from_secs(5 * 60);

/// It becomes no longer after so many doublings: not quite a day.
const DOUBLINGS: u32 = 8;

/// What the server does not hand out.
#[derive(Default)]
pub(super) struct Withheld {
    /// What the UIDs are of.
    uid_validity: u32,
    mails: BTreeMap<u32, Refusals>,
    /// What was asked for when the connection ended, if no look came to its end since.
    interrupted: Option<Vec<u32>>,
}

#[derive(Clone, Copy)]
struct Refusals {
    times: u32,
    ask_again_at: Timestamp,
}

impl Withheld {
    /// How to ask in a look that begins behind the UID `after`: carefully, where it could come to
    /// the mail at which the connection ended.
    pub(super) fn caution(&mut self, uid_validity: u32, after: u32, now: Timestamp) -> Caution {
        if uid_validity != self.uid_validity {
            *self = Self {
                uid_validity,
                ..Self::default()
            };
        }
        self.mails.retain(|uid, _| *uid > after);
        let waits = |mail: &Refusals| mail.ask_again_at > now;
        Caution {
            one_by_one: self.interrupted.is_some() || !self.mails.values().all(waits),
            left_out: (self.mails.iter())
                .filter_map(|(uid, mail)| waits(mail).then_some(*uid))
                .collect(),
        }
    }

    /// A look that began at `begun_at` came to its end. What it asked for again and was not refused
    /// is read, or gone.
    pub(super) fn looked(&mut self, begun_at: Timestamp) {
        self.interrupted = None;
        self.mails.retain(|_, mail| mail.ask_again_at > begun_at);
    }

    /// The server did not hand this mail out, asked for it alone. How often that was so by now, some
    /// time apart each.
    pub(super) fn refused(&mut self, uid: u32, reason: &str, now: Timestamp) -> u32 {
        let before = self.mails.get(&uid).map_or(0, |mail| mail.times);
        let refusals = Refusals {
            times: before + 1,
            ask_again_at: now.plus(PASSED_OVER * (1 << before.min(DOUBLINGS))),
        };
        self.mails.insert(uid, refusals);
        if before == 0 {
            warn!(
                event = "inbox.withheld",
                uid,
                reason,
                "A mail is passed over and asked for again later, the server does not hand it out: {reason}",
            );
        }
        refusals.times
    }

    /// The connection ended while these mails were asked for, or listed if there are none. One alone
    /// is the reason only if it was so twice in turn: once, any connection may break.
    pub(super) fn ended(&mut self, asked: &[u32], reason: &str, now: Timestamp) {
        let is_again = self.interrupted.as_deref() == Some(asked);
        self.interrupted = Some(asked.to_vec());
        if let [uid] = asked
            && (is_again || self.mails.contains_key(uid))
        {
            self.refused(*uid, reason, now);
        }
    }

    /// It was put aside.
    pub(super) fn is_aside(&mut self, uid: u32) {
        self.mails.remove(&uid);
    }

    /// Of what was read up to `last_uid`, the UID up to which nothing is withheld.
    pub(super) fn whole_up_to(&self, last_uid: u32) -> u32 {
        let first = self.mails.keys().next();
        first.map_or(last_uid, |first| last_uid.min(first - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_seconds(1_780_000_000);

    fn minutes(count: u64) -> Timestamp {
        NOON.plus(Duration::from_secs(60 * count))
    }

    fn left_out(withheld: &mut Withheld, now: Timestamp) -> Vec<u32> {
        let caution = withheld.caution(1, 0, now);
        caution.left_out.into_iter().collect()
    }

    fn begun() -> Withheld {
        let mut withheld = Withheld::default();
        assert_eq!(withheld.caution(1, 0, NOON), Caution::default());
        withheld
    }

    #[test]
    fn a_server_that_is_restarted_makes_no_mail_suspect() {
        let mut withheld = begun();
        withheld.ended(&[7, 8], "it is restarted", NOON);
        let caution = withheld.caution(1, 0, NOON);
        assert!(caution.one_by_one && caution.left_out.is_empty());
        // Another mail each time: not one of them is the reason.
        for uid in [7, 8, 7, 8] {
            withheld.ended(&[uid], "it is restarted", NOON);
        }
        // And a look that came to its end in between says that none is.
        withheld.looked(NOON);
        withheld.ended(&[8], "it is restarted", NOON);
        assert!(left_out(&mut withheld, NOON).is_empty());
        withheld.looked(NOON);
        assert_eq!(withheld.caution(1, 0, NOON), Caution::default());
    }

    #[test]
    fn what_ends_the_connection_alone_twice_is_asked_for_later_and_later() {
        let mut withheld = begun();
        withheld.ended(&[7], "it ended", NOON);
        withheld.ended(&[7], "it ended", NOON);
        withheld.looked(NOON);
        assert_eq!(left_out(&mut withheld, minutes(4)), [7]);
        assert!(!withheld.caution(1, 0, minutes(4)).one_by_one);
        assert!(withheld.caution(1, 0, minutes(5)).one_by_one);
        assert!(left_out(&mut withheld, minutes(5)).is_empty());
        // Then once is enough.
        withheld.ended(&[7], "it ended", minutes(5));
        withheld.looked(minutes(5));
        assert_eq!(left_out(&mut withheld, minutes(14)), [7]);
        // Handed out at last, it is forgotten.
        assert!(left_out(&mut withheld, minutes(15)).is_empty());
        withheld.looked(minutes(15));
        assert_eq!(withheld.whole_up_to(9), 9);
    }

    #[test]
    fn the_cursor_stays_before_what_is_withheld_and_new_uids_mean_other_mails() {
        let mut withheld = begun();
        assert_eq!(withheld.refused(7, "damaged", NOON), 1);
        assert_eq!(withheld.refused(7, "damaged", minutes(5)), 2);
        assert_eq!((withheld.whole_up_to(5), withheld.whole_up_to(9)), (5, 6));
        assert!(withheld.caution(2, 0, NOON).left_out.is_empty());
        assert_eq!(withheld.whole_up_to(9), 9);
        // What another daemon got past is no concern of this one.
        withheld.refused(7, "damaged", NOON);
        assert!(withheld.caution(2, 8, NOON).left_out.is_empty());
        assert_eq!(withheld.whole_up_to(9), 9);
        withheld.refused(9, "damaged", NOON);
        withheld.is_aside(9);
        assert_eq!(withheld.whole_up_to(9), 9);
    }
}
