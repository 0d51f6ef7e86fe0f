//! The identity providers that whoever looks is linked to, and linking and unlinking one.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;

use super::{Viewer, done, own_form::OwnForm};
use crate::{
    http::{Web, errors::Failure, pages::Moment, portal::provider_page},
    store::identities,
    workflow::{
        ceremony::CeremonySecret,
        identity::{self, Errand, IdentityError, Traveller},
    },
};

/// `null` where there are no providers.
pub(super) async fn view(conn: &mut AnyConnection, viewer: &Viewer<'_>) -> Result<Value, Failure> {
    let providers = viewer.web.app.providers.all();
    if providers.is_empty() {
        return Ok(Value::Null);
    }
    let linked = identities::of_administrator(conn, viewer.session.administrator.id).await?;
    let shown = providers.iter().map(|provider| {
        let theirs = linked.iter().find(|one| one.issuer == provider.issuer());
        json!({
            "name": provider.name(),
            "called": provider.label(),
            "linked": theirs.map(|one| Moment::of(one.linked_at, &viewer.zone)),
        })
    });
    Ok(json!({ "providers": shown.collect::<Value>(), "error": null }))
}

/// `POST /settings/identities/NAME/link`: leads on to the provider.
pub(super) async fn link(
    State(web): State<Web>,
    Path(name): Path<String>,
    sent: OwnForm,
) -> Result<Response, Failure> {
    let provider = web.app.providers.by_name(&name);
    let provider = provider.ok_or_else(Failure::not_found)?;
    if let Some(refused) = sent.refused_unless_fresh(&web, "identity_list").await? {
        return Ok(refused);
    }
    let traveller = Traveller {
        errand: Errand::Link,
        administrator: Some(sent.session.administrator.id),
        next: "/settings?done=identity_linked".to_owned(),
    };
    match provider_page::leave(
        &web,
        Some(&sent.session),
        &sent.headers,
        provider,
        &traveller,
        CeremonySecret::fresh(),
    )
    .await?
    {
        Some(response) => Ok(response),
        None => not_done(&web, &sent, "provider_down").await,
    }
}

/// `POST /settings/identities/NAME/unlink`
pub(super) async fn unlink(
    State(web): State<Web>,
    Path(name): Path<String>,
    sent: OwnForm,
) -> Result<Response, Failure> {
    let provider = web.app.providers.by_name(&name);
    let provider = provider.ok_or_else(Failure::not_found)?;
    if let Some(refused) = sent.refused_unless_fresh(&web, "identity_list").await? {
        return Ok(refused);
    }
    match identity::unlink(&web.app, &sent.session.signed_in, provider.issuer()).await {
        // One that is gone already is gone.
        Ok(()) | Err(IdentityError::Unknown) => Ok(done("identity_unlinked")),
        Err(IdentityError::LastWayIn) => not_done(&web, &sent, "last_way_in").await,
        Err(IdentityError::SessionEnded | IdentityError::NotFresh | IdentityError::Linked) => {
            Err(Failure::forbidden("The session has ended"))
        }
        Err(IdentityError::Store(error)) => Err(error.into()),
    }
}

async fn not_done(web: &Web, sent: &OwnForm, error: &'static str) -> Result<Response, Failure> {
    let shows = json!({ "error": error });
    sent.refused(web, "identity_list", shows).await
}
