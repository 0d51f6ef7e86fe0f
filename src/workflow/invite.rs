//! Inviting an administrator to the portal.
//!
//! Whoever has a password already is not invited. To colleagues it looks the same: whether somebody
//! has a way in is a matter of the accounts that it decides for already.

use std::time::Duration;

use sqlx::AnyConnection;
use tracing::info;

use super::{
    change_brake,
    decide::{self, DecideError},
    messages,
};
use crate::{
    app::App,
    domain::{
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::{Actor, AuditEvent},
        message::{About, MessageKind},
        people::{Administrator, AdministratorId, InvitationId, SignedIn},
        request::Door,
        timestamp::Timestamp,
    },
    store::{
        MayRetry, StoreError, accounts, appointments, audit,
        invitations::{self, Invitation},
        outbox, people, retrying,
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
    /// Somebody who came in needs no mail to do so.
    #[error("this administrator has signed in already")]
    HasSignedIn,
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
        if people::has_password(&mut tx, administrator.id).await? {
            return Err(InviteError::HasPassword);
        }
        invitations::revoke_all_of(&mut tx, administrator.id, now).await?;
        invite_in(app, &mut tx, &administrator, &account.number, None, now).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    report(app, email);
    Ok(())
}

/// An administrator has a colleague mailed once more how to go on who never signed in for the account:
/// with an invitation, or with what whoever has a password is told.
pub async fn mail_colleague_again(
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
        if appointments::has_signed_in(&mut tx, account, colleague).await? {
            return Err(InviteError::HasSignedIn);
        }
        let how = invite_in(app, &mut tx, &invited, account, Some(caller), now).await?;
        if let HowTold::HasPassword { place } = how {
            let kind = MessageKind::AdministratorAdded;
            messages::tell(app, &mut tx, kind, account, place, &invited, now).await?;
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

/// How somebody hears of where it decides now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HowTold {
    /// An invitation is on its way.
    ByInvitation,
    /// It has a password, and is to be told otherwise; the event that says so to colleagues stands
    /// at this place of the account's chain.
    HasPassword { place: i64 },
}

impl HowTold {
    pub(super) fn is_mailed(self) -> bool {
        self == Self::ByInvitation
    }
}

/// Invites whoever has no password, within the transaction that appoints. The trail of the account says
/// the same either way. Older invitations for this account end with it: another company's mail is not
/// ours to take back. `by` is the administrator who does it, none the operator.
pub(super) async fn invite_in(
    app: &App,
    conn: &mut AnyConnection,
    administrator: &Administrator,
    account: &AccountNumber,
    by: Option<AdministratorId>,
    now: Timestamp,
) -> Result<HowTold, StoreError> {
    let actor = by.map_or(Actor::Operator, Actor::Administrator);
    let event = AuditEvent::of_account(account, "administrator.invited", actor, now)
        .through(Some(by.map_or(Door::Operator, |_| Door::Portal)))
        .about(None, administrator.person)
        .shown_by("administrator", administrator.id.to_string());
    let place = audit::append_numbered(conn, &event).await?;
    if people::has_password(conn, administrator.id).await? {
        return Ok(HowTold::HasPassword { place });
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
    let about = About::Invitation(invitation.id);
    let kind = MessageKind::Invitation;
    let mut message = messages::message(app, kind, about, administrator.person, "", now);
    message.administrator = Some(administrator.id);
    outbox::enqueue(conn, &message, now).await?;
    Ok(HowTold::ByInvitation)
}
