//! What an invitation mail is made of, and when it is over.

use sqlx::AnyConnection;

use super::links::Links;
use crate::{
    domain::{
        account::Account,
        message::MessageKind,
        people::{Administrator, InvitationId},
        timestamp::Timestamp,
    },
    mail::compose::Content,
    store::{StoreError, accounts, invitations, invitations::Invitation, people, rights},
};

/// An invitation with the account it names and who invited.
pub(super) struct AboutInvitation {
    pub(super) invitation: Invitation,
    pub(super) account: Account,
    by: Option<Administrator>,
    /// Whether it is to stand in for that administrator, and is none of the account itself.
    stands_in: bool,
}

impl AboutInvitation {
    pub(super) async fn find(
        conn: &mut AnyConnection,
        id: InvitationId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(invitation) = invitations::find(conn, id).await? else {
            return Ok(None);
        };
        let Some(account) = accounts::find(conn, &invitation.account).await? else {
            return Ok(None);
        };
        let by = match invitation.invited_by {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
        };
        let number = &invitation.account;
        let appointed = rights::is_appointed(conn, number, invitation.administrator).await?;
        Ok(Some(Self {
            invitation,
            account,
            by,
            stands_in: !appointed,
        }))
    }

    /// Why the message should not be sent any more.
    pub(super) async fn obsolete(
        &self,
        conn: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        let invitation = &self.invitation;
        if invitation.used_at.is_some() || invitation.revoked_at.is_some() {
            return Ok(Some("the invitation was used or taken back"));
        }
        if invitation.expires_at <= now {
            return Ok(Some("the invitation has expired"));
        }
        if people::has_password(conn, invitation.administrator).await? {
            return Ok(Some("the recipient has a password by now"));
        }
        Ok(None)
    }

    /// What only that mail shows; none for a mail that is about something else.
    pub(super) fn content<'a>(
        &'a self,
        kind: MessageKind,
        links: &'a Links,
    ) -> Option<Content<'a>> {
        (kind == MessageKind::Invitation).then(|| Content::Invitation {
            invite_url: &links.invite,
            until: self.invitation.expires_at,
            by: self.by.as_ref().map(|one| one.name.as_str()),
            stands_in: self.stands_in,
        })
    }
}
