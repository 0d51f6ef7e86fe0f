//! Who a mail is from, as far as that can be shown: the token in its address leads to one message,
//! one request and one administrator, and only that administrator's own mail may act.

use sqlx::AnyConnection;

use crate::{
    app::App,
    config::RequireAuth,
    domain::{
        email_address::EmailAddress,
        message::{Message, MessageId},
        people::Administrator,
        request::AccessRequest,
    },
    reading::{Mail, Verdict},
    reply_token::{self, ReplyPurpose, SignedRow},
    store::{StoreError, aliases, outbox, people, requests},
};

/// What a valid token leads to.
pub(super) struct Bound {
    /// The token.
    pub(super) token: SignedRow,
    /// The mail that was answered.
    pub(super) message: Message,
    /// The request that mail was about.
    pub(super) request: AccessRequest,
    /// Who it was sent to.
    pub(super) administrator: Administrator,
}

impl Bound {
    /// Looks for a token in the addresses the mail came to, and what it is bound to.
    pub(super) async fn find(
        app: &App,
        conn: &mut AnyConnection,
        mail: &Mail,
    ) -> Result<Option<Self>, StoreError> {
        let ring = app.keys.current();
        let tokens = mail.envelope.recipients.iter().filter_map(|address| {
            let (purpose, token) = reply_token::find_token(address)?;
            reply_token::parse(&ring, token, purpose).ok()
        });
        for token in tokens {
            let id = MessageId::from_bytes(token.row);
            let Some(message) = outbox::find(conn, id).await? else {
                continue;
            };
            let (Some(administrator), Some(request)) =
                (message.administrator, message.about.request())
            else {
                continue;
            };
            let Some(request) = requests::find(conn, request).await? else {
                continue;
            };
            if let Some(administrator) = people::find_administrator(conn, administrator).await? {
                return Ok(Some(Self {
                    token,
                    message,
                    request,
                    administrator,
                }));
            }
        }
        Ok(None)
    }

    /// The words for the audit trail where this sender may act, or why not.
    pub(super) async fn may_act(
        &self,
        app: &App,
        conn: &mut AnyConnection,
        mail: &Mail,
    ) -> Result<Result<&'static str, String>, StoreError> {
        let from = mail.envelope.from.address();
        let Some(from) = from.and_then(|from| EmailAddress::parse(from).ok()) else {
            return Ok(Err("its From is not exactly one plain address".to_owned()));
        };
        let administrator = &self.administrator;
        if from != administrator.email && !aliases::is_of(conn, administrator.id, &from).await? {
            return Ok(Err(
                "its sender is not the administrator the mail was sent to".to_owned(),
            ));
        }
        if !people::decides_for(conn, &self.request.account, self.administrator.id).await? {
            return Ok(Err(
                "its sender is no longer an administrator of the account".to_owned(),
            ));
        }
        let replies = &app.config.replies;
        Ok(match replies.require_auth {
            RequireAuth::Token => Ok("token"),
            RequireAuth::Dmarc => {
                let authserv_id = replies.authserv_id.as_deref().unwrap_or_default();
                match mail.dmarc(authserv_id, from.domain()) {
                    Verdict::Pass => Ok("dmarc=pass"),
                    Verdict::Fail { why } => Err(format!("its sender is not proven: {why}")),
                    Verdict::Absent => Err(format!(
                        "its sender is not proven: there is no Authentication-Results of {authserv_id:?} at its top"
                    )),
                }
            }
        })
    }
}

/// A reply token elsewhere does not help: what carries a bounce token is never a command.
pub(super) fn came_to_a_bounce_address(mail: &Mail) -> bool {
    mail.envelope.recipients.iter().any(|address| {
        reply_token::find_token(address).is_some_and(|(purpose, _)| purpose == ReplyPurpose::Bounce)
    })
}
