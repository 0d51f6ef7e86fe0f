//! A form of the settings, as whoever is signed in sends it.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Said, page};
use crate::http::{Web, errors::Failure, forms::Form, session_cookie::Session};

/// A form that came from a page of this very session. Anybody who is not signed in is led to the
/// sign-in; what came from elsewhere, or from a page of long ago, is answered with the page again.
pub(super) struct OwnForm {
    pub(super) session: Session,
    pub(super) headers: HeaderMap,
    form: Form,
}

impl OwnForm {
    /// The first value of a field; empty where it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.form.get(name)
    }

    /// The answer to whoever did not prove lately who they are: the page again, with its section saying
    /// so; none where they did.
    pub(super) async fn refused_unless_fresh(
        &self,
        web: &Web,
        section: &'static str,
    ) -> Result<Option<Response>, Failure> {
        if self.session.is_fresh(web) {
            return Ok(None);
        }
        let shows = json!({ "error": "not_fresh" });
        self.refused(web, section, shows).await.map(Some)
    }

    /// It is refused: the page again, with what its section shows instead of its own view.
    pub(super) async fn refused(
        &self,
        web: &Web,
        section: &'static str,
        shows: Value,
    ) -> Result<Response, Failure> {
        let said = Said::Refused { section, shows };
        page(web, &self.session, &self.headers, said).await
    }
}

impl FromRequest<Web> for OwnForm {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let session = <Session as FromRequestParts<Web>>::from_request_parts(&mut parts, web)
            .await
            .map_err(IntoResponse::into_response)?;
        let headers = parts.headers.clone();
        let form = Form::from_request(Request::from_parts(parts, body), web)
            .await
            .map_err(IntoResponse::into_response)?;
        if !session.sent(web, &headers, form.get("csrf")) {
            let again = page(web, &session, &headers, Said::Foreign).await;
            return Err(again.into_response());
        }
        Ok(Self {
            session,
            headers,
            form,
        })
    }
}
