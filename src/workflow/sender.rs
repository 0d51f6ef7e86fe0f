//! Who a mail is from, as far as that can be shown: the token in its address leads to one message,
//! one request and one administrator, and only that administrator's own mail may act.

use sqlx::AnyConnection;

use crate::{
    app::App,
    config::{Replies, RequireAuth},
    domain::{
        email_address::EmailAddress,
        message::{About, Message, MessageId},
        people::Administrator,
        request::AccessRequest,
    },
    mail::own_check::Checked,
    reading::{Kind, Mail, Verdict},
    reply_token::{self, ReplyPurpose, SignedRow},
    store::{StoreError, accounts, aliases, link_generations, outbox, people, requests},
};

/// What a mail with a reply token asks about.
pub(super) enum Asked {
    /// One request.
    One(Box<AccessRequest>),
    /// Those that this digest carries.
    Several(MessageId),
}

/// What a valid token leads to.
pub(super) struct Bound {
    /// The token.
    pub(super) token: SignedRow,
    /// The mail that was answered.
    pub(super) message: Message,
    /// What that mail was about.
    pub(super) asked: Asked,
    /// Who it was sent to.
    pub(super) administrator: Administrator,
}

/// Who a sender is, as far as it can be shown.
pub(super) enum Standing {
    /// The administrator, with the words for the audit trail that say what shows it.
    Decides(&'static str),
    /// The same person, who is no administrator of the account any more.
    Dismissed,
    /// The same person, who answers a mail from before it ceased to decide, and decides again.
    Reappointed,
    /// Perhaps somebody else, and why: gets no answer.
    NotShown(Refusal, String),
}

/// What a reply lacks that may not act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It came to a bounce address.
    BounceAddress,
    /// Its From is not exactly one plain address.
    UnclearSender,
    /// It is not from the administrator whose token it carries.
    OtherSender,
    /// Nothing shows that it is from its sender.
    Unproven,
    /// Its sender is no administrator of the account any more.
    Dismissed,
    /// It answers a mail from before its sender was removed and added again.
    Reappointed,
}

impl Refusal {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BounceAddress => "bounce_address",
            Self::UnclearSender => "unclear_sender",
            Self::OtherSender => "other_sender",
            Self::Unproven => "unproven",
            Self::Dismissed => "dismissed",
            Self::Reappointed => "reappointed",
        }
    }
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
            let Some(administrator) = message.administrator else {
                continue;
            };
            let asked = match &message.about {
                About::Request(id) => requests::find(conn, *id)
                    .await?
                    .map(|request| Asked::One(Box::new(request))),
                About::Digest(id) => Some(Asked::Several(*id)),
                About::Account(_) | About::Invitation(_) | About::SignIn(_) => None,
            };
            let Some(asked) = asked else {
                continue;
            };
            if let Some(administrator) = people::find_administrator(conn, administrator).await? {
                return Ok(Some(Self {
                    token,
                    message,
                    asked,
                    administrator,
                }));
            }
        }
        Ok(None)
    }

    /// The request, where the mail was about one.
    pub(super) fn request(&self) -> Option<&AccessRequest> {
        match &self.asked {
            Asked::One(request) => Some(request),
            Asked::Several(_) => None,
        }
    }

    /// Who the sender is. `checked` is what our own check found.
    pub(super) async fn standing(
        &self,
        app: &App,
        conn: &mut AnyConnection,
        mail: &Mail,
        checked: &Checked,
    ) -> Result<Standing, StoreError> {
        let from = match self.sender(conn, mail).await? {
            Ok(from) => from,
            Err((refusal, reason)) => return Ok(Standing::NotShown(refusal, reason.to_owned())),
        };
        let proof = match proof(&app.config.replies, mail, &from, checked) {
            Ok(proof) => proof,
            Err(reason) => return Ok(Standing::NotShown(Refusal::Unproven, reason)),
        };
        let administrator = self.administrator.id;
        let decides = match &self.asked {
            Asked::One(request) => {
                let account = &request.account;
                let generation = link_generations::current(conn, account, administrator).await?;
                let decides = people::decides_for(conn, account, administrator).await?;
                if decides && generation.outlived(self.message.dated_at) {
                    return Ok(Standing::Reappointed);
                }
                decides
            }
            Asked::Several(_) => !accounts::of_administrator(conn, administrator)
                .await?
                .is_empty(),
        };
        if decides {
            Ok(Standing::Decides(proof))
        } else {
            Ok(Standing::Dismissed)
        }
    }

    /// The one address in From, where it is the administrator's own or an alias of it.
    async fn sender(
        &self,
        conn: &mut AnyConnection,
        mail: &Mail,
    ) -> Result<Result<EmailAddress, (Refusal, &'static str)>, StoreError> {
        let from = mail.envelope.from.address();
        let Some(from) = from.and_then(|from| EmailAddress::parse(from).ok()) else {
            let reason = "its From is not exactly one plain address";
            return Ok(Err((Refusal::UnclearSender, reason)));
        };
        let administrator = &self.administrator;
        if from != administrator.email && !aliases::is_of(conn, administrator.id, &from).await? {
            let reason = "its sender is not the administrator the mail was sent to";
            return Ok(Err((Refusal::OtherSender, reason)));
        }
        Ok(Ok(from))
    }
}

/// What shows that a mail comes from its sender: the word of our own mail server, or else our own
/// check.
fn proof(
    replies: &Replies,
    mail: &Mail,
    from: &EmailAddress,
    checked: &Checked,
) -> Result<&'static str, String> {
    if replies.require_auth == RequireAuth::Token {
        return Ok("token");
    }
    let not_proven = |why: &str| Err(format!("its sender is not proven: {why}"));
    match (&told_by_server(replies, mail, from), &checked.dmarc) {
        (Verdict::Pass, _) => Ok("dmarc=pass"),
        (Verdict::Absent, Verdict::Pass) => Ok("dkim and dmarc checked by ourselves"),
        // What a forwarder adds breaks signatures: our own server, and we, see that it does not pass.
        _ if checked.arc == Verdict::Pass => Ok("dmarc=pass, sealed by a trusted forwarder"),
        (Verdict::Fail { why }, _) | (Verdict::Absent, Verdict::Fail { why }) => not_proven(why),
        (Verdict::Absent, Verdict::Absent) => match (&checked.arc, &replies.authserv_id) {
            (Verdict::Fail { why }, _) => not_proven(why),
            (_, Some(authserv_id)) => not_proven(&format!(
                "there is no Authentication-Results of {authserv_id:?} at its top, and no DKIM \
                 signature"
            )),
            (_, None) => not_proven("it has no DKIM signature"),
        },
    }
}

fn told_by_server(replies: &Replies, mail: &Mail, from: &EmailAddress) -> Verdict {
    let authserv_id = replies.authserv_id.as_deref();
    authserv_id.map_or(Verdict::Absent, |id| mail.dmarc(id, from.domain()))
}

/// Whether a person may have answered with a signature that our own check is about.
pub(super) fn may_need_check(app: &App, mail: &Mail) -> bool {
    app.config.replies.require_auth == RequireAuth::Dmarc
        && mail.kind == Kind::Reply
        && (mail.is_signed() || is_sealed_by_somebody(&app.config.replies, mail))
        && !came_to_a_bounce_address(mail)
}

/// The domain in From for which our own check is needed: the token is that of the sender, and our
/// mail server says nothing, or not that it passes where a forwarder may know better.
pub(super) async fn domain_to_check(
    app: &App,
    conn: &mut AnyConnection,
    mail: &Mail,
) -> Result<Option<String>, StoreError> {
    let replies = &app.config.replies;
    let Some(bound) = Bound::find(app, conn, mail).await? else {
        return Ok(None);
    };
    let from = bound.sender(conn, mail).await?.ok();
    let unproven = from.filter(|from| match told_by_server(replies, mail, from) {
        Verdict::Pass => false,
        Verdict::Absent => true,
        Verdict::Fail { .. } => is_sealed_by_somebody(replies, mail),
    });
    Ok(unproven.map(|from| from.domain().to_owned()))
}

/// Whether a forwarder may have something to say that counts.
fn is_sealed_by_somebody(replies: &Replies, mail: &Mail) -> bool {
    !replies.arc_sealers.is_empty() && mail.is_sealed()
}

/// A reply token elsewhere does not help: what carries a bounce token is never a command.
pub(super) fn came_to_a_bounce_address(mail: &Mail) -> bool {
    mail.envelope.recipients.iter().any(|address| {
        reply_token::find_token(address).is_some_and(|(purpose, _)| purpose == ReplyPurpose::Bounce)
    })
}
