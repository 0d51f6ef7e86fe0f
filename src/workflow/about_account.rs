//! What a mail about a change to an account is made of. Its occasion names the audit event of that
//! change, which never changes: who did what, and when.

use sqlx::AnyConnection;

use super::{about_overturning::AboutOverturning, links::Links, time_away::TimeAway};
use crate::{
    domain::{
        account::{Account, Esecure},
        account_number::AccountNumber,
        email_address::EmailAddress,
        event::AuditRow,
        message::{Message, MessageKind},
        people::{Administrator, AdministratorId, PersonId, StandInId},
        timestamp::Timestamp,
    },
    mail::compose::{AccountFacts, Content, Membership, StandingIn},
    store::{
        StoreError, accounts, aliases, audit, known_as, people, rights,
        stand_ins::{self, StandIn},
    },
};

/// The audit event of eSecure being switched on.
pub(super) const ESECURE_ON: &str = "account.activated";
/// Likewise off.
pub(super) const ESECURE_OFF: &str = "account.deactivated";

/// The audit event of an alias being registered.
pub(super) const ALIAS_ADDED: &str = "administrator.alias_added";
/// Likewise taken away.
pub(super) const ALIAS_REMOVED: &str = "administrator.alias_removed";

/// An account, what happened to it, and the people in that.
pub(super) struct AboutAccount {
    pub(super) account: Account,
    at: Timestamp,
    /// Whether eSecure was switched on, or an alias registered, where that is what happened; otherwise
    /// off, or taken away.
    on: bool,
    by: Option<Administrator>,
    /// Who was added, removed or not reached, or whose alias it is, where that is what happened.
    member: Option<Administrator>,
    /// The alias, where that is what happened.
    alias: Option<(PersonId, EmailAddress)>,
    /// For which addresses administrators changed what stood, where that is what happened.
    overturning: Option<AboutOverturning>,
    /// Who was named to stand in, or does not any more, with the address it was named by, where that
    /// is what happened; of its accounts those that are a business of the recipient.
    stand_in: Option<(TimeAway, EmailAddress)>,
}

impl AboutAccount {
    pub(super) async fn find(
        conn: &mut AnyConnection,
        number: &AccountNumber,
        message: &Message,
    ) -> Result<Option<Self>, StoreError> {
        let Some(account) = accounts::find(conn, number).await? else {
            return Ok(None);
        };
        let first = message.occasion.split('-').next().unwrap_or_default();
        let Ok(seq) = first.parse::<i64>() else {
            return Ok(None);
        };
        let Some(event) = audit::in_chain(conn, number.as_str(), seq).await? else {
            return Ok(None);
        };
        let by = known_as::find_any(conn, &account.number, event.administrator()).await?;
        let member = known_as::find_any(conn, &account.number, member(&event)).await?;
        let alias = match alias(&event) {
            Some(person) => people::address(conn, person)
                .await?
                .map(|email| (person, email)),
            None => None,
        };
        let stand_in = match named(&event) {
            Some(id) => stand_ins::find(conn, id).await?,
            None => None,
        };
        let stand_in = match stand_in {
            Some(one) => {
                let email = people::address(conn, one.person).await?;
                let away = time_away(conn, one, message).await?;
                email.map(|email| (away, email))
            }
            None => None,
        };
        let by = match &stand_in {
            Some((away, _)) if message.administrator == Some(away.stand_in.stand_in) => {
                away.by_own_name(by)
            }
            _ => by,
        };
        let overturning = AboutOverturning::find(conn, &account.number, message).await?;
        Ok(Some(Self {
            account,
            overturning,
            stand_in,
            at: Timestamp::from_micros(event.at),
            on: event.name == ESECURE_ON || event.name == ALIAS_ADDED,
            by,
            member,
            alias,
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
                stand_in.is_none_or(|(away, _)| away.stand_in.ended_at.is_some())
            }
            MessageKind::StandInEnded => self.stand_in.is_none(),
            MessageKind::AddressUnreachable => {
                let member = self.member.as_ref();
                !stays || member.is_none_or(|member| member.address_state.is_reachable())
            }
            MessageKind::AliasChanged => match (&self.alias, &self.member) {
                (Some((alias, _)), Some(member)) => {
                    !stays || self.on != aliases::is_theirs(conn, *alias, member.id).await?
                }
                (_, _) => true,
            },
            MessageKind::Overturned => match &self.overturning {
                Some(overturning) => !overturning.stands(conn, number).await?,
                None => true,
            },
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
            MessageKind::StandInNamed => Some(Content::StandInNamed {
                membership: self.stand_in_membership(message)?,
                standing_in: self.standing_in(message)?,
                portal_url: &links.list,
            }),
            MessageKind::StandInEnded => Some(Content::StandInEnded {
                membership: self.stand_in_membership(message)?,
                standing_in: self.standing_in(message)?,
                portal_url: &links.list,
            }),
            MessageKind::AddressUnreachable => Some(Content::AddressUnreachable {
                membership: membership?,
                portal_url,
            }),
            MessageKind::AliasChanged => Some(Content::AliasChanged {
                on: self.on,
                membership: membership?,
                alias: self.alias.as_ref().map(|(_, email)| email)?,
                portal_url,
            }),
            MessageKind::Overturned => {
                let (changes, more) = self.overturning.as_ref()?.shown();
                Some(Content::Overturned {
                    changes,
                    more,
                    portal_url: &links.list,
                })
            }
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
        let stand_in = self.stand_in.as_ref();
        let stand_in = stand_in.map(|(away, _)| away.stand_in.stand_in);
        stand_in.is_some() && stand_in == message.administrator
    }

    fn stand_in_membership(&self, message: &Message) -> Option<Membership<'_>> {
        let (away, email) = self.stand_in.as_ref()?;
        Some(Membership {
            name: &away.stand_in.name,
            email,
            is_recipient: self.is_stand_in(message),
            by: self.by.as_ref().map(|one| one.name.as_str()),
            at: self.at,
        })
    }

    fn standing_in(&self, message: &Message) -> Option<StandingIn<'_>> {
        let (away, _) = self.stand_in.as_ref()?;
        let is_recipient = message.administrator == Some(away.absent.id);
        Some(standing_in(away, is_recipient))
    }
}

/// As mails say it.
pub(super) fn standing_in(away: &TimeAway, absent_is_recipient: bool) -> StandingIn<'_> {
    let [first, last] = away.days;
    let accounts = away.accounts.iter().map(|one| AccountFacts {
        number: &one.number,
        name: &one.name,
    });
    StandingIn {
        absent: &away.absent.name,
        is_recipient: absent_is_recipient,
        first,
        last,
        accounts: accounts.collect(),
    }
}

/// A colleague of the absent one hears of the accounts that they share; the two whom it is about, of
/// all of them.
async fn time_away(
    conn: &mut AnyConnection,
    stand_in: StandIn,
    message: &Message,
) -> Result<TimeAway, StoreError> {
    let concerned = [stand_in.absent, stand_in.stand_in].map(Some);
    let mut away = TimeAway::of(conn, stand_in).await?;
    if let Some(recipient) = message.administrator
        && !concerned.contains(&message.administrator)
    {
        let own = accounts::appointed_of(conn, recipient).await?;
        away.accounts
            .retain(|account| own.iter().any(|one| one.number == account.number));
        // And by the name that it has there.
        if let Some(first) = away.accounts.first()
            && let Some(known) = known_as::find(conn, &first.number, away.absent.id).await?
        {
            away.absent = known;
        }
    }
    Ok(away)
}

/// The stand-in that an event is about, likewise.
fn named(event: &AuditRow) -> Option<StandInId> {
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).ok()?;
    evidence.get("stand_in")?.as_str()?.parse().ok()
}

/// The alias that an event is about.
fn alias(event: &AuditRow) -> Option<PersonId> {
    let is_about_one = event.name == ALIAS_ADDED || event.name == ALIAS_REMOVED;
    let subject = event.subject.as_deref().filter(|_| is_about_one);
    subject?.parse().ok()
}

/// The administrator that an event is about, as its evidence names it.
fn member(event: &AuditRow) -> Option<AdministratorId> {
    let evidence: serde_json::Value = serde_json::from_str(&event.evidence).ok()?;
    evidence.get("administrator")?.as_str()?.parse().ok()
}
