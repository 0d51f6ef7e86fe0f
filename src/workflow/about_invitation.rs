//! What an invitation mail is made of, and when it is over.

use sqlx::AnyConnection;

use super::{about_account::standing_in, links::Links, time_away::TimeAway};
use crate::{
    domain::{
        account::Account,
        message::MessageKind,
        people::{Administrator, InvitationId},
        timestamp::Timestamp,
    },
    mail::compose::Content,
    store::{StoreError, accounts, invitations, invitations::Invitation, known_as, people},
};

/// An invitation with the account it names and who invited.
pub(super) struct AboutInvitation {
    pub(super) invitation: Invitation,
    pub(super) account: Account,
    by: Option<Administrator>,
    /// For whom it is to stand in, where it is no administrator.
    stands_in: Option<TimeAway>,
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
        let by = known_as::find_any(conn, &account.number, invitation.invited_by).await?;
        let stands_in = TimeAway::of_invitation(conn, &invitation).await?;
        let by = match &stands_in {
            Some(away) => away.by_own_name(by),
            None => by,
        };
        Ok(Some(Self {
            invitation,
            account,
            by,
            stands_in,
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
            stands_in: self.stands_in.as_ref().map(|away| standing_in(away, false)),
        })
    }
}
