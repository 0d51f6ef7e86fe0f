//! What is done about a mail that was read: it may reject its request, or its sender gets an answer.

use sqlx::AnyConnection;

use super::{
    decide::{self, Answer, ByMail, DecideError},
    judge::{self, Question},
    look, messages,
    read_mail::{Effect, ReadMailError},
    sender::{self, Asked, Bound, Refusal, Standing},
};
use crate::{
    app::App,
    domain::{
        message::{About, MessageKind},
        request::{AccessRequest, MailDoor, Status},
        rules::Verdict,
        timestamp::Timestamp,
    },
    mail::own_check::Checked,
    reading::{Decision, Kind, Mail},
    store::{StoreError, link_generations, standings},
};

// The sender is known, and may not act: it gets an answer.
const DISMISSED: (Refusal, &str) = (
    Refusal::Dismissed,
    "its sender is no longer an administrator of the account",
);
const REAPPOINTED: (Refusal, &str) = (
    Refusal::Reappointed,
    "it answers a mail from before its sender was removed from the account and added again",
);

/// What was done.
pub(super) struct Done {
    pub(super) effect: Effect,
    /// Why.
    pub(super) reason: String,
    /// What it lacked, where it could not act whatever it says.
    pub(super) refusal: Option<Refusal>,
}

impl Done {
    pub(super) fn because(effect: Effect, reason: impl Into<String>) -> Self {
        Self {
            effect,
            reason: reason.into(),
            refusal: None,
        }
    }

    fn refused(self, refusal: Refusal) -> Self {
        Self {
            refusal: Some(refusal),
            ..self
        }
    }
}

/// A mail in which somebody who may act says something.
pub(super) struct Heard<'a> {
    pub(super) app: &'a App,
    pub(super) now: Timestamp,
    pub(super) mail: &'a Mail,
    /// What its token leads to.
    pub(super) bound: &'a Bound,
    /// What our own check of its sender found.
    pub(super) checked: &'a Checked,
}

impl Heard<'_> {
    /// Kind first, then who may act, then the command. Says what was done, and why.
    pub(super) async fn act(
        &self,
        conn: &mut AnyConnection,
        decision: Decision,
    ) -> Result<Done, ReadMailError> {
        if self.mail.kind != Kind::Reply {
            return Ok(Done::because(Effect::Recorded, "only a reply can act"));
        }
        if sender::came_to_a_bounce_address(self.mail) {
            let reason = "it came to a bounce address, where nothing is a command";
            return Ok(Done::because(Effect::Ignored, reason).refused(Refusal::BounceAddress));
        }
        let standing = self
            .bound
            .standing(self.app, conn, self.mail, self.checked)
            .await?;
        let verdict = match standing {
            Standing::Decides(verdict) => verdict,
            Standing::Dismissed => return self.refuse(conn, DISMISSED).await,
            Standing::Reappointed => return self.refuse(conn, REAPPOINTED).await,
            Standing::NotShown(refusal, reason) => {
                return Ok(Done::because(Effect::Ignored, reason).refused(refusal));
            }
        };
        let request = match &self.bound.asked {
            Asked::One(request) => request,
            Asked::Several(digest) => {
                let kind = MessageKind::DigestReply;
                let reason = "several requests were asked about: its sender gets the link to them";
                let about = About::Digest(*digest);
                return self.send_answer(conn, kind, about, reason.to_owned()).await;
            }
        };
        match decision {
            Decision::Reject => self.reject(conn, request, verdict).await,
            Decision::ApproveAsked => {
                self.answer(conn, request, MessageKind::ApprovalNeedsSignIn)
                    .await
            }
            Decision::Ambiguous | Decision::None => {
                self.answer(conn, request, MessageKind::ReplyNotUnderstood)
                    .await
            }
        }
    }

    async fn reject(
        &self,
        conn: &mut AnyConnection,
        request: &AccessRequest,
        verdict: &'static str,
    ) -> Result<Done, ReadMailError> {
        let by_mail = ByMail {
            administrator: self.bound.administrator.id,
            door: MailDoor::Reply,
            evidence: vec![
                (
                    "messageId",
                    self.mail.envelope.message_id.clone().unwrap_or_default(),
                ),
                ("authentication", verdict.to_owned()),
                ("keyId", self.bound.token.key_id.to_string()),
            ],
        };
        let answer = Answer::RejectByMail(&by_mail);
        match decide::decide_in(self.app, conn, request.id, &answer, None, self.now).await {
            Ok(_) => Ok(Done::because(
                Effect::Rejected,
                "the administrator rejected it",
            )),
            Err(DecideError::AlreadyDecided(shown)) => self.show_what_stands(conn, &shown).await,
            Err(DecideError::NotYours) => self.refuse(conn, DISMISSED).await,
            Err(error @ (DecideError::Unknown | DecideError::SessionEnded)) => {
                Err(ReadMailError::Decide(error))
            }
            Err(DecideError::Store(error)) => Err(ReadMailError::Store(error)),
        }
    }

    async fn refuse(
        &self,
        conn: &mut AnyConnection,
        (refusal, reason): (Refusal, &str),
    ) -> Result<Done, ReadMailError> {
        let done = match self.bound.request() {
            Some(request) => {
                let about = About::Request(request.id);
                self.send_answer(conn, MessageKind::ReplyRefused, about, reason.to_owned())
                    .await?
            }
            // Of several requests nothing is left that this person may be told of.
            None => Done::because(Effect::Ignored, reason),
        };
        Ok(done.refused(refusal))
    }

    async fn answer(
        &self,
        conn: &mut AnyConnection,
        request: &AccessRequest,
        kind: MessageKind,
    ) -> Result<Done, ReadMailError> {
        if request.state.status() != Status::Pending {
            let shown = look::of(conn, request.clone()).await?;
            return self.show_what_stands(conn, &shown).await;
        }
        let reason = match kind {
            MessageKind::ApprovalNeedsSignIn => {
                "approving needs the portal: its sender gets the link to sign in"
            }
            _ => "no clear command: its sender gets the links",
        };
        let about = About::Request(request.id);
        self.send_answer(conn, kind, about, reason.to_owned()).await
    }

    /// Invariant 2: whoever comes second is shown the decision that stands.
    async fn show_what_stands(
        &self,
        conn: &mut AnyConnection,
        shown: &look::Shown,
    ) -> Result<Done, ReadMailError> {
        let status = shown.request.state.status();
        let reason = format!("the request is already {status}");
        let own = shown.request.state.decided_by() == Some(self.bound.administrator.id);
        let decided_otherwise = !own && status == Status::Approved;
        let kind = match status {
            Status::Approved | Status::Rejected | Status::Expired
                if !decided_otherwise && self.may_use(conn, &shown.request).await? =>
            {
                MessageKind::ReplyRefused
            }
            Status::Rejected if self.is_own_rejection(conn, &shown.request).await? => {
                MessageKind::RejectionDone
            }
            Status::Approved | Status::Rejected => MessageKind::HandledByColleague,
            Status::Expired => MessageKind::Expired,
            Status::Cancelled => MessageKind::ReplyRefused,
            Status::Pending => return Ok(Done::because(Effect::Recorded, reason)),
        };
        let about = About::Request(shown.request.id);
        self.send_answer(conn, kind, about, reason).await
    }

    /// Whether the address may use the number by now, whatever became of the request. Of whoever was
    /// appointed again another refusal is told.
    async fn may_use(
        &self,
        conn: &mut AnyConnection,
        request: &AccessRequest,
    ) -> Result<bool, StoreError> {
        let administrator = self.bound.administrator.id;
        let links = link_generations::current(conn, &request.account, administrator).await?;
        let question = Question {
            account: &request.account,
            email: &request.email,
            verified: false,
        };
        let judged = judge::judge(self.app, conn, &question, self.now).await?;
        let allowed = judged.is_some_and(|judged| matches!(judged.verdict, Verdict::Allow(_)));
        Ok(allowed && links.since.is_none())
    }

    /// Whether the sender rejected it, and that still stands for the address.
    async fn is_own_rejection(
        &self,
        conn: &mut AnyConnection,
        request: &AccessRequest,
    ) -> Result<bool, StoreError> {
        let own = request.state.decided_by() == Some(self.bound.administrator.id);
        Ok(own && standings::is_rejected(conn, &request.account, &request.email).await?)
    }

    async fn send_answer(
        &self,
        conn: &mut AnyConnection,
        kind: MessageKind,
        about: About,
        reason: String,
    ) -> Result<Done, ReadMailError> {
        let Some(header_id) = self.mail.envelope.message_id.as_deref() else {
            let reason = format!("{reason}; it has no Message-ID that an answer could name");
            return Ok(Done::because(Effect::Recorded, reason));
        };
        let answered = messages::answer(
            self.app,
            conn,
            kind,
            about,
            &self.bound.administrator,
            header_id,
            self.now,
        )
        .await?;
        if answered {
            Ok(Done::because(Effect::Answered, reason))
        } else {
            let reason = format!("{reason}; its sender was answered not long ago");
            Ok(Done::because(Effect::Recorded, reason))
        }
    }
}
