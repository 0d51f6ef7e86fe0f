//! What the mail about a changed way in is made of. Its occasion names the audit event of that
//! change in the system's chain, which never changes: what it was, and when.

use sqlx::AnyConnection;

use super::links::Links;
use crate::{
    domain::{
        event::{Actor, SYSTEM_CHAIN},
        message::MessageKind,
        people::{Administrator, AdministratorId},
        sign_in_change::SignInChange,
        timestamp::Timestamp,
    },
    mail::compose::Content,
    store::{StoreError, accounts, audit, people},
};

/// An administrator and what changed about how it signs in.
pub(super) struct AboutSignIn {
    pub(super) administrator: Administrator,
    /// That of its accounts, or UTC where it has none.
    pub(super) time_zone: String,
    change: SignInChange,
    at: Timestamp,
    by_operator: bool,
}

impl AboutSignIn {
    pub(super) async fn find(
        conn: &mut AnyConnection,
        id: AdministratorId,
        occasion: &str,
    ) -> Result<Option<Self>, StoreError> {
        let Some(administrator) = people::find_administrator(conn, id).await? else {
            return Ok(None);
        };
        let Ok(seq) = occasion.parse::<i64>() else {
            return Ok(None);
        };
        let Some(event) = audit::in_chain(conn, SYSTEM_CHAIN, seq).await? else {
            return Ok(None);
        };
        let Some(change) = SignInChange::told_by(&event) else {
            return Ok(None);
        };
        let accounts = accounts::of_administrator(conn, id).await?;
        let account = accounts.into_iter().next();
        Ok(Some(Self {
            administrator,
            time_zone: account.map_or_else(|| "UTC".to_owned(), |account| account.time_zone),
            change,
            at: Timestamp::from_micros(event.at),
            by_operator: event.actor == Actor::Operator.as_text(),
        }))
    }

    /// What only that mail shows; none for a mail that is about something else.
    pub(super) fn content<'a>(
        &'a self,
        kind: MessageKind,
        links: &'a Links,
    ) -> Option<Content<'a>> {
        (kind == MessageKind::SignInChanged).then(|| Content::SignInChanged {
            change: self.change,
            by_operator: self.by_operator,
            at: self.at,
            portal_url: &links.portal,
        })
    }
}
