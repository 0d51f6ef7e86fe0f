//! Who calls: the API key of a shipping system, as Bearer token (RFC 6750) or as the user name of
//! HTTP Basic (RFC 7617).

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{
    domain::people::KeyHolder,
    http::{Web, errors::Failure},
    store::clients,
    workflow::client_keys::ApiKey,
};

/// The shipping system that calls.
pub struct Caller(pub KeyHolder);

impl FromRequestParts<Web> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let caller = holder_of(web, &parts.headers).await?;
        web.rate_limits.take(caller.id(), parts)?;
        Ok(Self(caller))
    }
}

/// The shipping system that posts.
pub struct Poster(pub KeyHolder);

impl FromRequestParts<Web> for Poster {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let Caller(caller) = Caller::from_request_parts(parts, web).await?;
        let limits = &web.rate_limits;
        limits.take_post(&web.app, caller.id(), parts).await?;
        Ok(Self(caller))
    }
}

/// Whose key stands in the headers, at this moment.
///
/// # Errors
/// The 401 that says what is wrong with it.
pub async fn holder_of(web: &Web, headers: &HeaderMap) -> Result<KeyHolder, Failure> {
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| Failure::unauthorized("Send the API key as Authorization: Bearer esk_…"))?;
    let key = header.to_str().ok().and_then(key_in).ok_or_else(|| {
        Failure::unauthorized("The Authorization header holds no API key (esk_…)")
    })?;
    let mut conn = web.app.store.read().await?;
    clients::by_working_key(&mut conn, &ApiKey::hash(&key), web.app.clock.now())
        .await?
        .ok_or_else(|| Failure::unauthorized("This API key is unknown, has expired or was revoked"))
}

fn key_in(header: &str) -> Option<String> {
    let (scheme, rest) = header.split_once(' ')?;
    let key = if scheme.eq_ignore_ascii_case("bearer") {
        rest.trim().to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = data_encoding::BASE64.decode(rest.trim().as_bytes()).ok()?;
        let pair = String::from_utf8(decoded).ok()?;
        pair.split(':').next()?.to_owned()
    } else {
        return None;
    };
    key.starts_with("esk_").then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_in_bearer_or_in_the_user_name_of_basic() {
        assert_eq!(key_in("Bearer esk_abc").as_deref(), Some("esk_abc"));
        assert_eq!(key_in("basic ZXNrX2FiYzo=").as_deref(), Some("esk_abc"));
        assert_eq!(key_in("Bearer abc"), None);
        assert_eq!(key_in("Digest esk_abc"), None);
    }
}
