//! Who stands in for whom, as it is told: on which days, and for which accounts.

use sqlx::AnyConnection;

use crate::{
    domain::{
        account::Account,
        calendar_day::CalendarDay,
        people::{Administrator, AdministratorId},
        timestamp::Timestamp,
    },
    store::{
        StoreError, accounts, invitations::Invitation, people, rights, stand_in_lists,
        stand_ins::StandIn,
    },
};

/// An administrator is away, and somebody stands in.
#[derive(Clone, Debug)]
pub struct TimeAway {
    /// Who, and from when until when.
    pub stand_in: StandIn,
    /// Who is away, by its own name: no company reads what another one calls it.
    pub absent: Administrator,
    /// For which of its accounts somebody stands in, by number.
    pub accounts: Vec<Account>,
    /// The first day and the last one, where they were chosen.
    pub days: [CalendarDay; 2],
}

impl TimeAway {
    /// What belongs to a row.
    pub async fn of(conn: &mut AnyConnection, stand_in: StandIn) -> Result<Self, StoreError> {
        let accounts = accounts::of_stand_in(conn, stand_in.id).await?;
        let zones = accounts::appointed_of(conn, stand_in.absent).await?;
        let absent = people::find_administrator(conn, stand_in.absent).await?;
        let absent = absent.ok_or_else(|| StoreError::Corrupt {
            table: "stand_in",
            id: stand_in.id.to_string(),
            what: "administrator_id",
        })?;
        Ok(Self {
            days: days(&stand_in, &zones),
            stand_in,
            absent,
            accounts,
        })
    }

    /// Who did something, as the stand-in reads it: the absent one by its own name.
    pub(super) fn by_own_name(&self, by: Option<Administrator>) -> Option<Administrator> {
        by.map(|one| match one.id == self.absent.id {
            true => self.absent.clone(),
            false => one,
        })
    }

    /// In which somebody stands in, or will.
    pub async fn all_of(
        conn: &mut AnyConnection,
        who: AdministratorId,
        now: Timestamp,
    ) -> Result<Vec<Self>, StoreError> {
        let mut all = Vec::new();
        for stand_in in stand_in_lists::of_person(conn, who, now).await? {
            all.push(Self::of(conn, stand_in).await?);
        }
        Ok(all)
    }

    /// What an invitation is for; none where it is that of an administrator.
    pub(super) async fn of_invitation(
        conn: &mut AnyConnection,
        invitation: &Invitation,
    ) -> Result<Option<Self>, StoreError> {
        let (number, who) = (&invitation.account, invitation.administrator);
        let mut named = stand_in_lists::of_person(conn, who, invitation.created_at).await?;
        let by_inviter = |one: &StandIn| Some(one.absent) == invitation.invited_by;
        let with_it = |one: &StandIn| by_inviter(one) && one.created_at == invitation.created_at;
        let found = match named.iter().position(with_it) {
            // A colleague without a password may be asked as well.
            Some(index) => Some(index),
            None if rights::is_appointed(conn, number, who).await? => None,
            None => named.iter().position(by_inviter).or(Some(0)),
        };
        match found {
            Some(index) if index < named.len() => {
                Ok(Some(Self::of(conn, named.swap_remove(index)).await?))
            }
            _ => Ok(None),
        }
    }
}

/// They were chosen in the zone of the first account of whoever is away. Where that has others by
/// now, it is the first in whose zone a day is over when the last one is.
fn days(stand_in: &StandIn, accounts: &[Account]) -> [CalendarDay; 2] {
    let days_in = |zone: &str| {
        let last = CalendarDay::ending_at(stand_in.until, zone)?;
        let first = CalendarDay::of(stand_in.from, zone);
        (first.begins(zone) == stand_in.from).then_some([first, last])
    };
    let zones = || accounts.iter().map(|one| one.time_zone.as_str());
    zones().find_map(days_in).unwrap_or_else(|| {
        let zone = zones().next().unwrap_or("UTC");
        let last_moment = stand_in.until.minus(std::time::Duration::from_micros(1));
        [stand_in.from, last_moment].map(|at| CalendarDay::of(at, zone))
    })
}
