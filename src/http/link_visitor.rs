//! Whoever comes with a signed link: what it leads to, if it is worth anything.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Path},
    http::{StatusCode, request::Parts},
    response::Response,
};
use serde_json::Value;
use sqlx::AnyConnection;
use tracing::info;

use super::{Web, errors::Failure, pages, request_view};
use crate::{
    domain::{
        account::Account,
        entry::Standing,
        people::{Administrator, AdministratorId},
        request::{RequestId, Status},
        timestamp::Timestamp,
    },
    reject_link::{self, LinkPurpose},
    signing::KeyId,
    store::{StoreError, accounts, known_as, link_generations, people, standings},
    workflow::{
        links,
        look::{self, Shown},
    },
};

/// The token in the path of a link. What is no text at all is a token as bad as any other.
pub(super) struct Token(pub(super) String);

impl FromRequestParts<Web> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Infallible> {
        let token = Path::<String>::from_request_parts(parts, web).await;
        Ok(Self(token.map(|Path(token)| token).unwrap_or_default()))
    }
}

/// An administrator with a link from its own mail.
pub(super) struct Visitor {
    /// The link's token.
    pub(super) token: String,
    /// The key that signed it.
    pub(super) key_id: KeyId,
    /// Whose link it is.
    pub(super) administrator: Administrator,
    /// The account.
    pub(super) account: Account,
    /// Of its links.
    generation: u8,
    /// The request as it stands.
    pub(super) shown: Shown,
    /// What stands for the address, whoever changed it since.
    standing: Standing,
}

impl Visitor {
    /// Reads a token; none for every token that is worth nothing, also one of somebody who is no
    /// longer an administrator of the account.
    pub(super) async fn find(
        web: &Web,
        token: &str,
        purpose: LinkPurpose,
    ) -> Result<Option<Self>, Failure> {
        let ring = web.app.keys.current();
        let link = match reject_link::parse(&ring, token, purpose, web.app.clock.now()) {
            Ok(link) => link,
            Err(bad) => {
                info!(event = "link.refused", reason = %bad.fault(), "A link was refused: {}", bad.fault());
                return Ok(None);
            }
        };
        let mut conn = web.app.store.read().await?;
        let recipient = AdministratorId(link.claims.recipient);
        let request = RequestId(link.claims.request);
        let Some(shown) = look::find(&mut conn, request).await? else {
            return Ok(None);
        };
        let number = &shown.request.account;
        if !people::decides_for(&mut conn, number, recipient).await? {
            info!(
                event = "link.refused",
                reason = "no longer an administrator",
                "A link was refused: no longer an administrator"
            );
            return Ok(None);
        }
        let generation = link_generations::current(&mut conn, number, recipient).await?;
        if generation.number != link.claims.generation {
            info!(
                event = "link.refused",
                reason = "from before a removal",
                "A link was refused: it was mailed before its reader was removed and added again"
            );
            return Ok(None);
        }
        let (Some(administrator), Some(account)) = (
            known_as::find(&mut conn, number, recipient).await?,
            accounts::find(&mut conn, number).await?,
        ) else {
            return Ok(None);
        };
        let standing = standing(&mut conn, &shown).await?;
        Ok(Some(Self {
            token: token.to_owned(),
            key_id: link.key_id,
            administrator,
            account,
            generation: generation.number,
            shown,
            standing,
        }))
    }

    /// The same visitor, with the request as it stands now.
    pub(super) async fn now(self, web: &Web, shown: Shown) -> Result<Self, Failure> {
        let mut conn = web.app.store.read().await?;
        let standing = standing(&mut conn, &shown).await?;
        Ok(Self {
            shown,
            standing,
            ..self
        })
    }

    /// Whether somebody approved or revoked the address in the portal after the request was rejected.
    pub(super) fn was_overturned(&self) -> bool {
        !self.rejection_stands()
    }

    fn rejection_stands(&self) -> bool {
        self.standing.is_rejection_of(self.shown.request.id)
    }

    /// What became of the address after the request was decided, where that is the contrary.
    fn stands_now(&self, now: Timestamp) -> Option<&'static str> {
        match (self.shown.request.state.status(), self.standing) {
            (Status::Rejected, Standing::Approved { until })
                if until.is_none_or(|until| now < until) =>
            {
                Some("approved")
            }
            (Status::Approved, Standing::Rejected { .. }) => Some("rejected"),
            _ => None,
        }
    }

    /// The way back from a rejection by mail, and until when it is open.
    pub(super) fn undo(&self, web: &Web) -> Option<(String, Timestamp)> {
        let window = web.app.config.requests.undo?;
        let request = &self.shown.request;
        if !self.rejection_stands() {
            return None;
        }
        request.state.undo(web.app.clock.now(), window).ok()?;
        let claims = links::link_claims(
            request,
            self.administrator.id,
            self.generation,
            LinkPurpose::Undo,
        );
        let token = reject_link::encode(&web.app.keys.current(), &claims);
        Some((
            format!("/u/{token}"),
            request.state.closed_at()?.plus(window),
        ))
    }

    /// A page with the facts of the request, in the administrator's language first.
    pub(super) fn page(
        &self,
        web: &Web,
        name: &str,
        mut view: Value,
        status: StatusCode,
    ) -> Result<Response, Failure> {
        view["product_name"] = web.app.config.portal.product_name.as_str().into();
        view["stands_now"] = self.stands_now(web.app.clock.now()).into();
        view["request"] = request_view::facts(&self.shown, &self.account);
        let language = self.administrator.language;
        let body = web.app.templates.page(name, language, &view)?;
        Ok(pages::with_status(status, body))
    }
}

async fn standing(conn: &mut AnyConnection, shown: &Shown) -> Result<Standing, StoreError> {
    let request = &shown.request;
    let facts = standings::facts(conn, &request.account, &request.email).await?;
    Ok(facts
        .and_then(|facts| facts.standing)
        .unwrap_or(Standing::None))
}
