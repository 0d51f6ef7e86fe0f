//! Inviting an administrator to the portal, and accepting that.
//!
//! It is the one thing a mail may open: an invitation sets a first password, once, within
//! [`LASTS`], and only where none was ever set. Whoever reads somebody's mail can therefore not take
//! over a way in that is there already.

use std::time::Duration;

use secrecy::SecretString;
use sqlx::AnyConnection;
use tracing::info;

use super::{
    change_brake,
    decide::{self, DecideError},
    messages,
    new_password::{self, NewPasswordError},
    sign_in_changed,
    time_away::TimeAway,
};
use crate::{
    app::App,
    domain::{
        account::Account,
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        message::{About, MessageKind},
        people::{Administrator, AdministratorId, InvitationId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    invitation_link,
    store::{
        MayRetry, StoreError, accounts, appointments, audit,
        invitations::{self, Invitation},
        may_retry, outbox, people, retrying,
    },
};

/// How long an invitation works.
pub const LASTS: Duration = Duration::from_secs(72 * 3600);

/// Why nobody was invited.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// Nobody decides with this address.
    #[error("nobody with this address is an administrator: add it with `esecured admin add`")]
    UnknownAdministrator,
    /// An invitation sets a first password only.
    #[error(
        "this administrator has a password already; a lost one is replaced with `esecured admin set-password`"
    )]
    HasPassword,
    /// The caller, or everybody for the account, has invited as many as they may
    /// ([`change_brake::AT_MOST`]); there is room again then.
    #[error("too many were appointed, invited or named lately: there is room again at {0}")]
    TooMany(Timestamp),
    /// The session ended, or the account is not theirs.
    #[error(transparent)]
    NoRight(#[from] DecideError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MayRetry for InviteError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) | Self::NoRight(DecideError::Store(error)) if error.is_retryable())
    }
}

/// The operator invites an administrator, once more where it was invited before: no mail before works
/// any longer.
pub async fn invite(app: &App, email: &EmailAddress) -> Result<(), InviteError> {
    retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        let (administrator, _) = people::by_email(&mut tx, email)
            .await?
            .ok_or(InviteError::UnknownAdministrator)?;
        let accounts = accounts::of_administrator(&mut tx, administrator.id).await?;
        let account = accounts.first().ok_or(InviteError::UnknownAdministrator)?;
        invitations::revoke_all_of(&mut tx, administrator.id, now).await?;
        if !invite_in(app, &mut tx, &administrator, &account.number, None, now).await? {
            return Err(InviteError::HasPassword);
        }
        tx.commit().await?;
        Ok(())
    })
    .await?;
    report(app, email);
    Ok(())
}

/// An administrator invites a colleague on one of its accounts once more.
pub async fn invite_colleague(
    app: &App,
    by: &SignedIn,
    account: &AccountNumber,
    colleague: AdministratorId,
) -> Result<(), InviteError> {
    let invited = retrying(|| async {
        let now = app.clock.now();
        let mut tx = app.store.begin().await?;
        decide::check_appointed(app, &mut tx, account, by, now).await?;
        let caller = by.administrator();
        let invited = appointments::colleague_on(&mut tx, caller, account, colleague)
            .await?
            .ok_or(InviteError::UnknownAdministrator)?;
        let accounts = std::slice::from_ref(account);
        if let Some(until) = change_brake::full_until(&mut tx, caller, accounts, now).await? {
            return Err(InviteError::TooMany(until));
        }
        if !invite_in(app, &mut tx, &invited, account, Some(caller), now).await? {
            return Err(InviteError::HasPassword);
        }
        tx.commit().await?;
        Ok(invited)
    })
    .await?;
    report(app, &invited.email);
    Ok(())
}

fn report(app: &App, email: &EmailAddress) {
    info!(event = "administrator.invited", administrator = %email, "Invited {email} to the portal");
    app.outbox_changed.notify_one();
}

/// Invites within the transaction that appoints; `false` for somebody who has a password. Older
/// invitations for this account end with it: another company's mail is not ours to take back. `by` is the administrator who does it, none the operator.
pub(super) async fn invite_in(
    app: &App,
    conn: &mut AnyConnection,
    administrator: &Administrator,
    account: &AccountNumber,
    by: Option<AdministratorId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if people::has_password(conn, administrator.id).await? {
        return Ok(false);
    }
    invitations::revoke_for(conn, administrator.id, account, now).await?;
    let invitation = Invitation {
        id: InvitationId::new(),
        administrator: administrator.id,
        account: account.clone(),
        invited_by: by,
        created_at: now,
        expires_at: now.plus(LASTS),
        used_at: None,
        revoked_at: None,
    };
    invitations::insert(conn, &invitation).await?;
    let actor = by.map_or(Actor::Operator, Actor::Administrator);
    let event = AuditEvent::of_account(account, "administrator.invited", actor, now)
        .through(Some(by.map_or(Door::Operator, |_| Door::Portal)))
        .about(None, administrator.person)
        .shown_by("administrator", administrator.id.to_string())
        .shown_by("invitation", invitation.id.to_string());
    audit::append(conn, &event).await?;
    let about = About::Invitation(invitation.id);
    let kind = MessageKind::Invitation;
    let mut message = messages::message(app, kind, about, administrator.person, "", now);
    message.administrator = Some(administrator.id);
    outbox::enqueue(conn, &message, now).await?;
    Ok(true)
}

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
        people::find_administrator(&mut conn, invitation.administrator).await?,
        accounts::find(&mut conn, &invitation.account).await?,
    ) else {
        return Ok(None);
    };
    let now = app.clock.now();
    if !invitations::has_right(&mut conn, id, now).await? {
        return Ok(None);
    }
    let stands_in = TimeAway::of_invitation(&mut conn, &invitation).await?;
    let by = match invitation.invited_by {
        Some(id) => people::find_administrator(&mut conn, id).await?,
        None => None,
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
