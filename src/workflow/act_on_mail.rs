//! What is done about a mail that was read: it may reject its request, or its sender gets an answer.

use sqlx::AnyConnection;

use super::{
    decide::{self, Answer, ByMail, DecideError},
    look,
    messages::Messages,
    read_mail::{Effect, ReadMailError},
    sender::{self, Bound, Standing},
};
use crate::{
    app::App,
    domain::{
        message::MessageKind,
        request::{MailDoor, Status},
        timestamp::Timestamp,
    },
    reading::{Decision, Kind, Mail, Verdict},
};

/// A mail in which somebody who may act says something.
pub(super) struct Heard<'a> {
    pub(super) app: &'a App,
    pub(super) now: Timestamp,
    pub(super) mail: &'a Mail,
    /// What its token leads to.
    pub(super) bound: &'a Bound,
    /// What our own check of its sender found.
    pub(super) checked: &'a Verdict,
}

impl Heard<'_> {
    /// Kind first, then who may act, then the command. Says what was done, and why.
    pub(super) async fn act(
        &self,
        conn: &mut AnyConnection,
        decision: Decision,
    ) -> Result<(Effect, String), ReadMailError> {
        if self.mail.kind != Kind::Reply {
            return Ok((Effect::Recorded, "only a reply can act".to_owned()));
        }
        if sender::came_to_a_bounce_address(self.mail) {
            return Ok((
                Effect::Ignored,
                "it came to a bounce address, where nothing is a command".to_owned(),
            ));
        }
        let standing = self
            .bound
            .standing(self.app, conn, self.mail, self.checked)
            .await?;
        let verdict = match standing {
            Standing::Decides(verdict) => verdict,
            Standing::Dismissed => return self.refuse_dismissed(conn).await,
            Standing::NotShown(reason) => return Ok((Effect::Ignored, reason)),
        };
        match decision {
            Decision::Reject => self.reject(conn, verdict).await,
            Decision::ApproveAsked => self.answer(conn, MessageKind::ApprovalNeedsSignIn).await,
            Decision::Ambiguous | Decision::None => {
                self.answer(conn, MessageKind::ReplyNotUnderstood).await
            }
        }
    }

    async fn reject(
        &self,
        conn: &mut AnyConnection,
        verdict: &'static str,
    ) -> Result<(Effect, String), ReadMailError> {
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
        match decide::decide_in(
            self.app,
            conn,
            self.bound.request.id,
            &answer,
            None,
            self.now,
        )
        .await
        {
            Ok(_) => Ok((Effect::Rejected, "the administrator rejected it".to_owned())),
            Err(DecideError::AlreadyDecided(shown)) => self.show_what_stands(conn, &shown).await,
            Err(DecideError::NotYours) => self.refuse_dismissed(conn).await,
            Err(error @ (DecideError::Unknown | DecideError::SessionEnded)) => {
                Err(ReadMailError::Decide(error))
            }
            Err(DecideError::Store(error)) => Err(ReadMailError::Store(error)),
        }
    }

    async fn refuse_dismissed(
        &self,
        conn: &mut AnyConnection,
    ) -> Result<(Effect, String), ReadMailError> {
        let reason = "its sender is no longer an administrator of the account";
        self.send_answer(conn, MessageKind::ReplyRefused, reason.to_owned())
            .await
    }

    async fn answer(
        &self,
        conn: &mut AnyConnection,
        kind: MessageKind,
    ) -> Result<(Effect, String), ReadMailError> {
        if self.bound.request.state.status() != Status::Pending {
            let shown = look::of(conn, self.bound.request.clone()).await?;
            return self.show_what_stands(conn, &shown).await;
        }
        let reason = match kind {
            MessageKind::ApprovalNeedsSignIn => {
                "approving needs the portal: its sender gets the link to sign in"
            }
            _ => "no clear command: its sender gets the links",
        };
        self.send_answer(conn, kind, reason.to_owned()).await
    }

    /// Invariant 2: whoever comes second is shown the decision that stands.
    async fn show_what_stands(
        &self,
        conn: &mut AnyConnection,
        shown: &look::Shown,
    ) -> Result<(Effect, String), ReadMailError> {
        let status = shown.request.state.status();
        let reason = format!("the request is already {status}");
        let kind = match status {
            Status::Approved | Status::Rejected => MessageKind::HandledByColleague,
            Status::Expired => MessageKind::Expired,
            Status::Cancelled => MessageKind::ReplyRefused,
            Status::Pending => return Ok((Effect::Recorded, reason)),
        };
        self.send_answer(conn, kind, reason).await
    }

    async fn send_answer(
        &self,
        conn: &mut AnyConnection,
        kind: MessageKind,
        reason: String,
    ) -> Result<(Effect, String), ReadMailError> {
        let Some(header_id) = self.mail.envelope.message_id.as_deref() else {
            let reason = format!("{reason}; it has no Message-ID that an answer could name");
            return Ok((Effect::Recorded, reason));
        };
        let answered = Messages::about(self.app, &self.bound.request, self.now)
            .answer(conn, kind, &self.bound.administrator, header_id)
            .await?;
        if answered {
            Ok((Effect::Answered, reason))
        } else {
            let reason = format!("{reason}; its sender was answered not long ago");
            Ok((Effect::Recorded, reason))
        }
    }
}
