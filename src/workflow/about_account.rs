//! What a mail about a change to an account is made of. Its occasion names the audit event of that
//! change, which never changes: who did what, and when.

use std::time::Duration;

use sqlx::AnyConnection;

use super::links::Links;
use crate::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        calendar_day::CalendarDay,
        email_address::EmailAddress,
        event::AuditRow,
        message::{Message, MessageKind},
        people::{Administrator, AdministratorId, StandInId},
        timestamp::Timestamp,
    },
    mail::compose::{Content, Membership},
    store::{
        StoreError, accounts, audit, people, rights,
        stand_ins::{self, StandIn},
    },
};

/// The audit event of eSecure being switched on.
pub(super) const ESECURE_ON: &str = "account.activated";
/// Likewise off.
pub(super) const ESECURE_OFF: &str = "account.deactivated";

/// An account, what happened to it, and the people in that.
pub(super) struct AboutAccount {
    pub(super) account: Account,
    at: Timestamp,
    /// Whether eSecure was switched on, where that is what happened; otherwise off.
    on: bool,
    by: Option<Administrator>,
    /// Who was added, removed or not reached, where that is what happened.
    member: Option<Administrator>,
    /// Who was named to stand in, with the address it was named by, where that is what happened.
    stand_in: Option<(StandIn, EmailAddress)>,
    /// Where the days of standing in were chosen: at the first account of whoever is away.
    days_in: String,
}

impl AboutAccount {
    pub(super) async fn find(
        conn: &mut AnyConnection,
        number: &AccountNumber,
        occasion: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(account) = accounts::find(conn, number).await? else {
            return Ok(None);
        };
        let Ok(seq) = occasion.parse::<i64>() else {
            return Ok(None);
        };
        let Some(event) = audit::in_chain(conn, number.as_str(), seq).await? else {
            return Ok(None);
        };
        let by = match event.administrator() {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
        };
        let member = match member(&event) {
            Some(id) => people::find_administrator(conn, id).await?,
            None => None,
        };
        let stand_in = match named(&event) {
            Some(id) => stand_ins::find(conn, id).await?,
            None => None,
        };
        let stand_in = match stand_in {
            Some(one) => people::address(conn, one.person)
                .await?
                .map(|email| (one, email)),
            None => None,
        };
        let of_absent = match &stand_in {
            Some((one, _)) => accounts::appointed_of(conn, one.absent).await?,
            None => Vec::new(),
        };
        let first = of_absent.first().unwrap_or(&account);
        Ok(Some(Self {
            days_in: first.time_zone.clone(),
            account,
            stand_in,
            at: Timestamp::from_micros(event.at),
            on: event.name == ESECURE_ON,
            by,
            member,
        }))
    }

    /// Why the message should not be sent any more: it went back to how it was, or the recipient has
    /// nothing to do with it now.
    pub(super) async fn obsolete(
        &self,
        conn: &mut AnyConnection,
        message: &Message,
    ) -> Result<Option<&'static str>, StoreError> {
        let number = &self.account.number;
        let stays = match &self.member {
            Some(member) => rights::is_appointed(conn, number, member.id).await?,
            None => false,
        };
        let turned = match message.kind {
            MessageKind::AdministratorAdded => !stays,
            MessageKind::AdministratorRemoved => stays,
            MessageKind::StandInNamed => {
                let stand_in = self.stand_in.as_ref();
                stand_in.is_none_or(|(one, _)| one.ended_at.is_some())
            }
            MessageKind::AddressUnreachable => {
                let member = self.member.as_ref();
                !stays || member.is_none_or(|member| member.address_state.is_reachable())
            }
            MessageKind::EsecureSwitched => self.on != (self.account.esecure == Esecure::Active),
            _ => false,
        };
        if turned {
            return Ok(Some("it was changed back since"));
        }
        let tells_the_removed =
            message.kind == MessageKind::AdministratorRemoved && self.is_member(message);
        if let Some(recipient) = message.administrator
            && !tells_the_removed
            && !self.is_stand_in(message)
            && !people::decides_for(conn, number, recipient).await?
        {
            return Ok(Some(
                "the recipient is no longer an administrator of the account",
            ));
        }
        Ok(None)
    }

    /// What only that mail shows; none for a mail that is about something else.
    pub(super) fn content<'a>(
        &'a self,
        message: &Message,
        links: &'a Links,
    ) -> Option<Content<'a>> {
        let portal_url = links.portal.as_str();
        let by = self.by.as_ref().map(|one| one.name.as_str());
        let membership = self.member.as_ref().map(|member| Membership {
            name: &member.name,
            email: &member.email,
            is_recipient: self.is_member(message),
            by,
            at: self.at,
        });
        match message.kind {
            MessageKind::AdministratorAdded => Some(Content::AdministratorAdded {
                membership: membership?,
                portal_url,
            }),
            MessageKind::AdministratorRemoved => Some(Content::AdministratorRemoved {
                membership: membership?,
                portal_url,
            }),
            MessageKind::StandInNamed => {
                let (one, email) = self.stand_in.as_ref()?;
                let zone = self.days_in.as_str();
                Some(Content::StandInNamed {
                    membership: Membership {
                        name: &one.name,
                        email,
                        is_recipient: self.is_stand_in(message),
                        by,
                        at: self.at,
                    },
                    first: CalendarDay::of(one.from, zone),
                    last: CalendarDay::of(one.until.minus(Duration::from_micros(1)), zone),
                    portal_url: &links.list,
                })
            }
            MessageKind::AddressUnreachable => Some(Content::AddressUnreachable {
                membership: membership?,
                portal_url,
            }),
            MessageKind::EsecureSwitched => Some(Content::EsecureSwitched {
                on: self.on,
                by,
                at: self.at,
                portal_url,
            }),
            _ => None,
        }
    }

    fn is_member(&self, message: &Message) -> bool {
        let member = self.member.as_ref().map(|member| member.id);
        member.is_some() && member == message.administrator
    }

    fn is_stand_in(&self, message: &Message) -> bool {
        let stand_in = self.stand_in.as_ref().map(|(one, _)| one.stand_in);
        stand_in.is_some() && stand_in == message.administrator
    }
}

/// The stand-in that an event is about, likewise.
fn named(event: &AuditRow) -> Option<StandInId> {
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).ok()?;
    evidence.get("stand_in")?.as_str()?.parse().ok()
}

/// The administrator that an event is about, as its evidence names it.
fn member(event: &AuditRow) -> Option<AdministratorId> {
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).ok()?;
    evidence.get("administrator")?.as_str()?.parse().ok()
}
