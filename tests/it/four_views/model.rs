//! What must have become of everything, in a few lines: no database, no mails, no doors.

use std::time::Duration;

/// How long a rejection stands, by default.
const STANDS: Duration = Duration::from_secs(30 * 86_400);
/// How long a rejection by mail can be undone, by default.
const UNDO: Duration = Duration::from_secs(15 * 60);

/// A request as every view must show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub id: String,
    pub status: &'static str,
    /// Door and whom the decision names, where there is one.
    pub decision: Option<(&'static str, Option<&'static str>)>,
    pub repeats: i64,
}

/// What stands for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Nothing,
    Open,
    Approved,
    /// Since when; by its request, or because a permission was taken away.
    Rejected {
        at: Duration,
        by_mail: bool,
        is_revoke: bool,
    },
    Expired,
}

/// What is answered to an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A new request.
    New,
    /// The newest request, which counts one more.
    Counted,
    /// No request: a permission stands, or was taken away not long ago.
    Without(&'static str),
}

/// One address on the account.
#[derive(Debug)]
pub struct Model {
    requests: Vec<Known>,
    standing: Standing,
}

impl Model {
    pub fn new() -> Self {
        Self {
            requests: Vec::new(),
            standing: Standing::Nothing,
        }
    }

    /// The newest request.
    pub fn newest(&self) -> Option<&Known> {
        self.requests.last()
    }

    /// All of them.
    pub fn requests(&self) -> &[Known] {
        &self.requests
    }

    pub fn is_open(&self) -> bool {
        self.standing == Standing::Open
    }

    /// Whether the newest rejection can be undone now.
    pub fn can_undo(&self, now: Duration) -> bool {
        match self.standing {
            Standing::Rejected { at, by_mail, .. } => by_mail && now < at + UNDO,
            _ => false,
        }
    }

    /// The list of the portal in which the address can be turned round, and how.
    pub fn can_overturn(&self) -> Option<(&'static str, &'static str)> {
        match self.standing {
            Standing::Approved => Some(("approved", "reject")),
            Standing::Rejected { .. } => Some(("rejected", "approve")),
            Standing::Expired => Some(("expired", "approve")),
            Standing::Nothing | Standing::Open => None,
        }
    }

    /// What must be answered to an ask.
    pub fn asks(&self, now: Duration) -> Answered {
        match self.standing {
            Standing::Open => Answered::Counted,
            Standing::Approved => Answered::Without("approved"),
            Standing::Rejected { at, is_revoke, .. } if now < at + STANDS => match is_revoke {
                true => Answered::Without("rejected"),
                false => Answered::Counted,
            },
            Standing::Rejected { .. } | Standing::Nothing | Standing::Expired => Answered::New,
        }
    }

    pub fn opened(&mut self, id: String) {
        self.requests.push(Known {
            id,
            status: "pending",
            decision: None,
            repeats: 0,
        });
        self.standing = Standing::Open;
    }

    pub fn counted(&mut self) {
        self.last().repeats += 1;
    }

    pub fn approved(&mut self, by: &'static str) {
        self.closes("approved", "portal", Some(by), Standing::Approved);
    }

    pub fn rejected(&mut self, door: &'static str, by: &'static str, at: Duration) {
        let standing = Standing::Rejected {
            at,
            by_mail: door != "portal",
            is_revoke: false,
        };
        self.closes("rejected", door, Some(by), standing);
    }

    pub fn taken_back(&mut self) {
        self.closes("cancelled", "client", None, Standing::Nothing);
    }

    pub fn expired(&mut self) {
        self.closes("expired", "timer", None, Standing::Expired);
    }

    pub fn reopened(&mut self) {
        let last = self.last();
        last.status = "pending";
        last.decision = None;
        self.standing = Standing::Open;
    }

    /// Its request keeps its one decision.
    pub fn overturned(&mut self, at: Duration) {
        self.standing = match self.standing {
            Standing::Approved => Standing::Rejected {
                at,
                by_mail: false,
                is_revoke: true,
            },
            _ => Standing::Approved,
        };
    }

    fn closes(
        &mut self,
        status: &'static str,
        door: &'static str,
        by: Option<&'static str>,
        standing: Standing,
    ) {
        let last = self.last();
        last.status = status;
        last.decision = Some((door, by));
        self.standing = standing;
    }

    fn last(&mut self) -> &mut Known {
        self.requests.last_mut().expect("the story asked first")
    }
}
