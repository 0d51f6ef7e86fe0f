//! Which messages a thing that happened causes: everybody is told once.

use sqlx::AnyConnection;

use super::{flood_brake, gather};
use crate::{
    app::App,
    domain::{
        account::Account,
        account_number::AccountNumber,
        counted_by::CountedBy,
        message::{About, Message, MessageId, MessageKind},
        people::{Administrator, AdministratorId, PersonId},
        request::{AccessRequest, Door, Status},
        timestamp::Timestamp,
    },
    store::{
        StoreError, link_generations, mail_counts, notifications, outbox, people, rights,
        told_before,
    },
};

/// Writes messages into the transaction of what happened.
pub(super) struct Messages<'a> {
    app: &'a App,
    request: &'a AccessRequest,
    now: Timestamp,
}

impl<'a> Messages<'a> {
    /// Messages about this request.
    pub(super) fn about(app: &'a App, request: &'a AccessRequest, now: Timestamp) -> Self {
        Self { app, request, now }
    }

    /// A new request: every administrator is asked, at once or in a digest, and the requester hears
    /// that it was received; above a limit only what becomes of it, because whoever asks can name
    /// anybody's address.
    pub(super) async fn of_opening(
        &self,
        conn: &mut AnyConnection,
        account: &Account,
    ) -> Result<Vec<Administrator>, StoreError> {
        let administrators = people::administrators_of(conn, &account.number).await?;
        let admitted = flood_brake::admits(self.app, conn, self.request, self.now).await?;
        // In one order, so that two who count mails to the same people never wait for each other.
        let mut asked: Vec<&Administrator> = administrators.iter().collect();
        asked.sort_by_key(|administrator| administrator.id);
        for administrator in asked {
            self.ask_if(conn, administrator, admitted).await?;
        }
        if admitted {
            self.to_requester(conn, account, MessageKind::RequesterReceived, "", self.now)
                .await?;
        }
        Ok(administrators)
    }

    /// An open request, for those who decide by now and have not been asked about it; in one mail
    /// with others where there are several.
    pub(super) async fn ask(
        &self,
        conn: &mut AnyConnection,
        administrators: &[Administrator],
        several: bool,
    ) -> Result<(), StoreError> {
        for administrator in administrators {
            let account = &self.request.account;
            let generation = link_generations::current(conn, account, administrator.id).await?;
            let (request, ceased) = (self.request.id, generation.since);
            outbox::let_ask_anew(conn, request, administrator.person, ceased).await?;
            if several {
                self.gather(conn, administrator).await?;
            } else {
                self.ask_if(conn, administrator, true).await?;
            }
        }
        Ok(())
    }

    /// For the very next digest, or the daily one of whoever wants that.
    async fn gather(
        &self,
        conn: &mut AnyConnection,
        administrator: &Administrator,
    ) -> Result<(), StoreError> {
        let daily = gather::daily(conn, administrator.id, self.now).await?;
        let mut message = self.message(MessageKind::ApprovalRequest, administrator.person, "");
        message.administrator = Some(administrator.id);
        message.due_at = daily.unwrap_or(self.now);
        outbox::gather(conn, &message, self.now).await?;
        Ok(())
    }

    async fn ask_if(
        &self,
        conn: &mut AnyConnection,
        administrator: &Administrator,
        admitted: bool,
    ) -> Result<(), StoreError> {
        let message = self.message(MessageKind::ApprovalRequest, administrator.person, "");
        self.mail_or_gather(conn, message, administrator, admitted)
            .await
    }

    /// The reminder with this number, for those who were asked before.
    pub(super) async fn of_reminder(
        &self,
        conn: &mut AnyConnection,
        number: i64,
        administrators: &[Administrator],
    ) -> Result<(), StoreError> {
        for administrator in administrators {
            let occasion = number.to_string();
            let message = self.message(MessageKind::Reminder, administrator.person, &occasion);
            self.mail_or_gather(conn, message, administrator, true)
                .await?;
        }
        Ok(())
    }

    /// At once where that is allowed and wished for, else with a digest.
    async fn mail_or_gather(
        &self,
        conn: &mut AnyConnection,
        mut message: Message,
        administrator: &Administrator,
        admitted: bool,
    ) -> Result<(), StoreError> {
        message.administrator = Some(administrator.id);
        let account = &self.request.account;
        match gather::due_at(self.app, conn, administrator, account, admitted, self.now).await? {
            Some(due_at) => {
                message.due_at = due_at;
                outbox::gather(conn, &message, self.now).await?;
            }
            None => {
                if outbox::enqueue(conn, &message, self.now).await? {
                    flood_brake::count(self.app, conn, &message, account, self.now).await?;
                }
            }
        }
        Ok(())
    }

    /// A request that a rule decided before anybody was asked: the requester hears the outcome.
    pub(super) async fn of_policy(
        &self,
        conn: &mut AnyConnection,
        account: &Account,
    ) -> Result<(), StoreError> {
        let kind = match self.request.state.status() {
            Status::Approved => MessageKind::RequesterApproved,
            Status::Rejected => MessageKind::RequesterRejected,
            Status::Pending | Status::Expired | Status::Cancelled => return Ok(()),
        };
        let occasion = self.now.as_micros().to_string();
        self.to_requester(conn, account, kind, &occasion, self.now)
            .await
    }

    /// A closed request: who rejected by mail gets the way back, the other administrators hear that
    /// there is nothing left to do, and the requester hears the outcome.
    pub(super) async fn of_closing(
        &self,
        conn: &mut AnyConnection,
        account: &Account,
    ) -> Result<(), StoreError> {
        let state = self.request.state;
        let Some(closed_at) = state.closed_at() else {
            return Ok(());
        };
        let occasion = closed_at.as_micros().to_string();
        let by_mail = matches!(state.door(), Some(Door::Link | Door::Reply));

        for administrator in &people::administrators_of(conn, &account.number).await? {
            let decided = state.decided_by() == Some(administrator.id);
            let kind = match state.status() {
                Status::Pending | Status::Cancelled => None,
                Status::Expired => {
                    self.of_expiry(conn, administrator, &occasion).await?;
                    None
                }
                Status::Approved | Status::Rejected if !decided => {
                    Some(MessageKind::HandledByColleague)
                }
                Status::Rejected if by_mail => Some(MessageKind::RejectionDone),
                // Who decided in the portal has seen the result there.
                Status::Approved | Status::Rejected => None,
            };
            if let Some(kind) = kind {
                self.to_administrator(conn, kind, administrator, &occasion)
                    .await?;
            }
        }

        let undo = self.app.config.requests.undo.unwrap_or_default();
        let (kind, due_at) = match state.status() {
            Status::Approved => (MessageKind::RequesterApproved, self.now),
            // A rejection by mail can be taken back for a while; the requester hears what stays.
            Status::Rejected if by_mail => (MessageKind::RequesterRejected, self.now.plus(undo)),
            Status::Rejected => (MessageKind::RequesterRejected, self.now),
            Status::Expired if !self.was_receipted(conn).await? => return Ok(()),
            Status::Expired => (MessageKind::RequesterExpired, self.now),
            Status::Pending | Status::Cancelled => return Ok(()),
        };
        self.to_requester(conn, account, kind, &occasion, due_at)
            .await
    }

    /// Nobody did anything, so nobody bounds how often this happens: above the limit of mails to an
    /// administrator it is left out, and the portal shows it.
    async fn of_expiry(
        &self,
        conn: &mut AnyConnection,
        administrator: &Administrator,
        occasion: &str,
    ) -> Result<(), StoreError> {
        let limit = self.app.config.limits.mails_per_administrator;
        let by = CountedBy::Expiries(administrator.id, self.request.account.clone());
        let full = flood_brake::full_until(conn, limit, &by, self.now).await?;
        if full.is_some() {
            return Ok(());
        }
        if limit.is_some() {
            mail_counts::add(conn, &by, &self.request.id.to_string(), self.now).await?;
        }
        self.to_administrator(conn, MessageKind::Expired, administrator, occasion)
            .await
    }

    /// Whether the requester heard that the request was received.
    async fn was_receipted(&self, conn: &mut AnyConnection) -> Result<bool, StoreError> {
        let about = About::Request(self.request.id);
        let receipts = told_before::queued_since(
            conn,
            MessageKind::RequesterReceived,
            &about,
            self.request.requester,
            Timestamp::from_seconds(0),
        );
        Ok(receipts.await? > 0)
    }

    /// A rejection that was undone: whoever was told that a colleague had handled the request hears
    /// that it is open again, but for whoever undid it.
    pub(super) async fn of_reopening(
        &self,
        conn: &mut AnyConnection,
        rejected_at: Timestamp,
        by: AdministratorId,
    ) -> Result<(), StoreError> {
        let told = notifications::told_of_closing(conn, self.request.id, rejected_at).await?;
        let occasion = self.now.as_micros().to_string();
        for id in told.into_iter().filter(|id| *id != by) {
            if let Some(administrator) = people::find_administrator(conn, id).await? {
                let kind = MessageKind::Reopened;
                self.to_administrator(conn, kind, &administrator, &occasion)
                    .await?;
            }
        }
        Ok(())
    }

    async fn to_administrator(
        &self,
        conn: &mut AnyConnection,
        kind: MessageKind,
        administrator: &Administrator,
        occasion: &str,
    ) -> Result<(), StoreError> {
        let mut message = self.message(kind, administrator.person, occasion);
        message.administrator = Some(administrator.id);
        outbox::enqueue(conn, &message, self.now).await?;
        Ok(())
    }

    pub(super) async fn to_requester(
        &self,
        conn: &mut AnyConnection,
        account: &Account,
        kind: MessageKind,
        occasion: &str,
        due_at: Timestamp,
    ) -> Result<(), StoreError> {
        let is_wanted = account.requester_mails && self.app.config.requests.notify_requester;
        // An address that no mail can reach is asked for all the same; the request's page says so.
        if is_wanted && self.request.email.is_mailable() {
            let mut message = self.message(kind, self.request.requester, occasion);
            message.due_at = due_at;
            outbox::enqueue(conn, &message, self.now).await?;
        }
        Ok(())
    }

    fn message(&self, kind: MessageKind, recipient: PersonId, occasion: &str) -> Message {
        let about = About::Request(self.request.id);
        message(self.app, kind, about, recipient, occasion, self.now)
    }
}

/// An answer to a reply that changed nothing; `false` where it is left out, because this
/// administrator was answered about the same within the hour or often enough today.
pub(super) async fn answer(
    app: &App,
    conn: &mut AnyConnection,
    kind: MessageKind,
    about: About,
    administrator: &Administrator,
    header_id: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    for (window, at_most) in ANSWERS_AT_MOST {
        let since = now.minus(window);
        let sent = told_before::answers_since(conn, &about, administrator.id, since).await?;
        if sent >= at_most {
            return Ok(false);
        }
    }
    let mut message = message(app, kind, about, administrator.person, header_id, now);
    message.administrator = Some(administrator.id);
    message.answers = Some(header_id.to_owned());
    outbox::enqueue(conn, &message, now).await
}

/// An administrator hears of something that happened to an account: the audit event at that place of
/// the account's chain.
pub(super) async fn tell(
    app: &App,
    conn: &mut AnyConnection,
    kind: MessageKind,
    account: &AccountNumber,
    place: i64,
    administrator: &Administrator,
    now: Timestamp,
) -> Result<(), StoreError> {
    let about = About::Account(account.clone());
    let occasion = place.to_string();
    let mut message = message(app, kind, about, administrator.person, &occasion, now);
    message.administrator = Some(administrator.id);
    outbox::enqueue(conn, &message, now).await?;
    Ok(())
}

/// Every administrator of these accounts hears once of what happened to all of them: by the event on
/// the first that is theirs. Whoever knows it already is left out.
pub(super) async fn tell_colleagues(
    app: &App,
    conn: &mut AnyConnection,
    kind: MessageKind,
    happened: &[(AccountNumber, i64)],
    mut know: Vec<AdministratorId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (account, place) in happened {
        for one in rights::appointed_to(conn, account).await? {
            if !know.contains(&one.id) {
                know.push(one.id);
                tell(app, conn, kind, account, *place, &one, now).await?;
            }
        }
    }
    Ok(())
}

/// A message to be sent at once, to somebody who is no administrator and answers nothing.
pub(super) fn message(
    app: &App,
    kind: MessageKind,
    about: About,
    recipient: PersonId,
    occasion: &str,
    now: Timestamp,
) -> Message {
    Message {
        id: MessageId::from_bytes(crate::random::bytes()),
        kind,
        about,
        recipient,
        administrator: None,
        occasion: occasion.to_owned(),
        key_id: app.keys.current().signing_key().to_string(),
        dated_at: now,
        answers: None,
        due_at: now,
    }
}

/// Answers to the replies of one administrator about one request: loops end here.
const ANSWERS_AT_MOST: [(std::time::Duration, i64); 2] =
    [(HOUR, 1), (std::time::Duration::from_secs(24 * 3600), 4)];

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
