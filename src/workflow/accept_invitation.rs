//! What somebody finds behind the link of an invitation, and accepting it.
//!
//! It is the one thing a mail may open: an invitation sets a first password, once, within
//! [`super::invite::LASTS`], and only where none was ever set. Whoever reads somebody's mail can
//! therefore not take over a way in that is there already.

use secrecy::SecretString;
use tracing::info;

use super::{
    new_password::{self, NewPasswordError},
    sign_in_changed,
    time_away::TimeAway,
};
use crate::{
    app::App,
    domain::{
        account::Account,
        event::{Actor, AuditEvent},
        people::Administrator,
    },
    invitation_link,
    store::{
        StoreError, accounts,
        invitations::{self, Invitation},
        known_as, may_retry, people, retrying,
    },
};

/// An invitation with what stands around it.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The row.
    pub invitation: Invitation,
    /// Who is invited.
    pub administrator: Administrator,
    /// The account that the mail names.
    pub account: Account,
    /// Who invited; none where it was the operator.
    pub by: Option<Administrator>,
    /// Whether it can still be used.
    pub standing: Standing,
    /// For whom it is invited to stand in, where it is not to be an administrator.
    pub stands_in: Option<TimeAway>,
}

/// Whether an invitation can still be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Open,
    /// A password is set, by this invitation or otherwise.
    Used,
    /// Its time is over.
    Expired,
    /// A newer one took its place.
    Replaced,
}

/// The invitation that a token leads to; none for every token that is worth nothing, also one of
/// somebody who decides no more for the account that it names.
pub async fn find(app: &App, token: &str) -> Result<Option<Invited>, StoreError> {
    let id = match invitation_link::parse(&app.keys.current(), token) {
        Ok(id) => id,
        Err(bad) => {
            info!(event = "link.refused", reason = %bad.fault(), "An invitation was refused: {}", bad.fault());
            return Ok(None);
        }
    };
    let mut conn = app.store.read().await?;
    let Some(invitation) = invitations::find(&mut conn, id).await? else {
        return Ok(None);
    };
    let (Some(administrator), Some(account)) = (
        known_as::find(&mut conn, &invitation.account, invitation.administrator).await?,
        accounts::find(&mut conn, &invitation.account).await?,
    ) else {
        return Ok(None);
    };
    let now = app.clock.now();
    if !invitations::has_right(&mut conn, id, now).await? {
        return Ok(None);
    }
    let stands_in = TimeAway::of_invitation(&mut conn, &invitation).await?;
    let by = known_as::find_any(&mut conn, &account.number, invitation.invited_by).await?;
    let by = match &stands_in {
        Some(away) => away.by_own_name(by),
        None => by,
    };
    let has_password = people::has_password(&mut conn, administrator.id).await?;
    let standing = if has_password || invitation.used_at.is_some() {
        Standing::Used
    } else if invitation.revoked_at.is_some() {
        Standing::Replaced
    } else if invitation.expires_at <= now {
        Standing::Expired
    } else {
        Standing::Open
    };
    Ok(Some(Invited {
        invitation,
        administrator,
        account,
        by,
        standing,
        stands_in,
    }))
}

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The invitation cannot be used any more, or somebody was faster.
    #[error("the invitation cannot be used any more")]
    Over,
    /// It was not hashed.
    #[error(transparent)]
    Password(#[from] NewPasswordError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}
may_retry!(AcceptError);

/// Sets the first password of whoever is invited.
pub async fn accept(
    app: &App,
    invited: &Invited,
    password: SecretString,
) -> Result<(), AcceptError> {
    if invited.standing != Standing::Open {
        return Err(AcceptError::Over);
    }
    let administrator = &invited.administrator;
    let hash = new_password::hash(app, &administrator.email, &[], password).await?;
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        if !invitations::use_up(&mut tx, invited.invitation.id, now).await?
            || !people::set_first_password(&mut tx, administrator.id, &hash, now).await?
        {
            return Err(AcceptError::Over); // Somebody was faster.
        }
        let actor = Actor::Administrator(administrator.id);
        let event = AuditEvent::of_system("administrator.password_set", actor, now)
            .about(None, administrator.person)
            .shown_by("invitation", invited.invitation.id.to_string());
        sign_in_changed::record(app, &mut tx, administrator.id, &event).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    let email = &administrator.email;
    info!(event = "invitation.accepted", administrator = %email, "{email} accepted an invitation and set a first password");
    Ok(())
}
