//! Access tokens to sign in with at a mail server that takes no password (XOAUTH2): fetched from a
//! token server by client credentials (RFC 6749, section 4.4) or with a refresh token (section 6).
//!
//! An access token is kept in memory until shortly before its end, and one is fetched at a time. A token
//! server that refuses or is away is left alone for a while, longer each time; meanwhile everybody is
//! told at once why there is no token.

use std::{
    fmt,
    time::{Duration, Instant},
};

use axum::http::{HeaderValue, Request, StatusCode, header};
use data_encoding::BASE64;
use rustls::pki_types::CertificateDer;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use url::form_urlencoded;

use super::refresh_token::RefreshToken;
use crate::{
    config::Oauth,
    fetch::{Fetch, FetchError},
};

/// So long before its end a token is not used any more: the sign-in takes time too.
const SPARE: Duration = Duration::from_secs(60);
/// How long a token is good whose server does not say it (RFC 6749, section 5.1, only recommends
/// it). Should it end earlier, the mail server refuses it and another one is fetched.
const UNSAID: Duration = Duration::from_secs(10 * 60);
/// The longest life that is believed.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Where access tokens come from, and the one that is good now. Printing it shows no secret.
pub struct AccessTokens {
    oauth: Oauth,
    fetch: Fetch,
    kept: Mutex<Kept>,
}

/// A token, and whether it was used before.
pub struct AccessToken {
    secret: SecretString,
    is_fresh: bool,
}

/// Why there is no token. The messages hold neither token nor secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchTokenError {
    /// The token server cannot be asked.
    #[error("the token server {host} cannot be asked: {reason}")]
    Unreachable {
        /// Its name.
        host: String,
        /// What was noticed.
        reason: String,
    },
    /// It was asked and gave none.
    #[error("the token server {host} gave no token: {reason}")]
    Refused {
        /// Its name.
        host: String,
        /// Status, and the code of the error (RFC 6749, section 5.2).
        reason: String,
    },
}

#[derive(Default)]
struct Kept {
    token: Option<(SecretString, Instant)>,
    refresh_token: RefreshToken,
    trouble: Option<Trouble>,
}

struct Trouble {
    error: FetchTokenError,
    wait: Duration,
    until: Instant,
}

/// An answer of the token server (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<SecretString>,
}

/// And where it grants nothing (section 5.2).
#[derive(Deserialize)]
struct NotGranted {
    error: String,
}

impl AccessTokens {
    /// Nothing is asked yet. `extra_roots` are trusted beside the authorities of this machine.
    pub fn new(oauth: Oauth, extra_roots: &[CertificateDer<'static>]) -> Self {
        Self {
            kept: Mutex::new(Kept {
                refresh_token: RefreshToken::of(&oauth),
                ..Kept::default()
            }),
            oauth,
            fetch: Fetch::trusting(extra_roots),
        }
    }

    /// Whose mailbox the tokens open.
    pub fn user(&self) -> &str {
        &self.oauth.user
    }

    /// The token that is good now; fetches one where there is none.
    ///
    /// # Errors
    /// There is none at present; trying again later may help.
    pub async fn current(&self) -> Result<AccessToken, FetchTokenError> {
        // Whoever comes meanwhile waits here, and finds the token of the first.
        let mut kept = self.kept.lock().await;
        if let Some(secret) = kept.good_at(Instant::now())? {
            return Ok(AccessToken {
                secret,
                is_fresh: false,
            });
        }
        match self.ask(kept.refresh_token.newest().as_ref()).await {
            Ok(mut granted) => {
                let secret = granted.access_token.clone();
                // First: without it there may never be another access token.
                if let Some(newest) = granted.refresh_token.take() {
                    kept.refresh_token.replace(newest).await;
                }
                kept.take(granted, Instant::now());
                Ok(AccessToken {
                    secret,
                    is_fresh: true,
                })
            }
            Err(error) => {
                kept.put_off(error.clone(), Instant::now());
                Err(error)
            }
        }
    }

    /// The mail server did not take this token, which is forgotten. Whether another one may do
    /// better: not where this one had just been fetched.
    pub async fn refused(&self, token: &AccessToken) -> bool {
        let mut kept = self.kept.lock().await;
        kept.token = kept
            .token
            .take()
            .filter(|(other, _)| other.expose_secret() != token.secret.expose_secret());
        !token.is_fresh
    }

    async fn ask(&self, refresh_token: Option<&SecretString>) -> Result<Granted, FetchTokenError> {
        let host = self.oauth.token_url.host_str().unwrap_or_default();
        let refused = |reason: String| FetchTokenError::Refused {
            host: host.to_owned(),
            reason,
        };
        let answer = self
            .fetch
            .ask(self.question(refresh_token))
            .await
            .map_err(|error| FetchTokenError::Unreachable {
                host: host.to_owned(),
                reason: in_words(&error),
            })?;
        let status = answer.status();
        if status != StatusCode::OK {
            let said: Option<NotGranted> = serde_json::from_slice(answer.body()).ok();
            let code = said.map(|said| said.error).filter(|code| is_code(code));
            return Err(refused(match code {
                Some(code) => format!("{} {code}", status.as_u16()),
                None => status.as_u16().to_string(),
            }));
        }
        // The parser's own words are left out: they might quote the token.
        let granted: Granted = serde_json::from_slice(answer.body())
            .map_err(|_| refused("its answer holds none".to_owned()))?;
        if !granted.token_type.eq_ignore_ascii_case("bearer") {
            return Err(refused("it is not of the type Bearer".to_owned()));
        }
        let token = granted.access_token.expose_secret();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused("what it gave is no token".to_owned()));
        }
        Ok(granted)
    }

    fn question(&self, refresh_token: Option<&SecretString>) -> Request<Vec<u8>> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        match refresh_token {
            Some(refresh_token) => form
                .append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", refresh_token.expose_secret()),
            None => form.append_pair("grant_type", "client_credentials"),
        };
        // In the body, where the token servers of the large mail providers expect it.
        form.append_pair("client_id", &self.oauth.client_id);
        if let Some(secret) = &self.oauth.client_secret {
            form.append_pair("client_secret", secret.expose_secret());
        }
        if let Some(scope) = &self.oauth.scope {
            form.append_pair("scope", scope);
        }
        let mut request = Request::new(form.finish().into_bytes());
        *request.method_mut() = axum::http::Method::POST;
        *request.uri_mut() = self
            .oauth
            .token_url
            .as_str()
            .parse()
            .expect("a checked URL is one for HTTP");
        let headers = request.headers_mut();
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::ACCEPT, json);
        request
    }
}

impl fmt::Debug for AccessTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessTokens").finish_non_exhaustive()
    }
}

impl AccessToken {
    /// What the client says in XOAUTH2, in base 64: user and token between control characters.
    pub fn xoauth2(&self, user: &str) -> String {
        let token = self.secret.expose_secret();
        BASE64.encode(format!("user={user}\x01auth=Bearer {token}\x01\x01").as_bytes())
    }

    /// A server's words with the token hidden, should it repeat it.
    pub fn hidden_in(&self, words: &str) -> String {
        words.replace(self.secret.expose_secret(), "***")
    }
}

impl Kept {
    /// The token, where there is one for long enough; an error while the server is left alone.
    fn good_at(&self, now: Instant) -> Result<Option<SecretString>, FetchTokenError> {
        if let Some((secret, until)) = &self.token
            && now < *until
        {
            return Ok(Some(secret.clone()));
        }
        match &self.trouble {
            Some(trouble) if now < trouble.until => Err(trouble.error.clone()),
            _ => Ok(None),
        }
    }

    fn take(&mut self, granted: Granted, now: Instant) {
        let life = granted.expires_in.map_or(UNSAID, Duration::from_secs);
        let until = now + life.min(LONGEST).saturating_sub(SPARE);
        self.token = Some((granted.access_token, until));
        self.trouble = None;
    }

    fn put_off(&mut self, error: FetchTokenError, now: Instant) {
        let wait = self
            .trouble
            .as_ref()
            .map_or(FIRST_WAIT, |trouble| (trouble.wait * 2).min(LONGEST_WAIT));
        self.trouble = Some(Trouble {
            error,
            wait,
            until: now + wait,
        });
    }
}

/// A code is one word; anything else might be anything.
fn is_code(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

fn in_words(error: &FetchError) -> String {
    match error {
        FetchError::Connection(error) => match crate::trust::handshake_fault(error) {
            crate::trust::HandshakeFault::Certificate(fault) => {
                format!("its certificate is not acceptable: {fault}")
            }
            _ => error.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(expires_in: Option<u64>) -> Granted {
        Granted {
            access_token: "t0ken".into(),
            token_type: "Bearer".to_owned(),
            expires_in,
            refresh_token: None,
        }
    }

    #[test]
    fn a_token_is_used_until_a_minute_before_its_end() {
        let now = Instant::now();
        let is_good_after = |expires_in, seconds| {
            let mut kept = Kept::default();
            kept.take(granted(expires_in), now);
            let later = now + Duration::from_secs(seconds);
            kept.good_at(later).unwrap().is_some()
        };
        assert!(is_good_after(Some(3600), 3539));
        assert!(!is_good_after(Some(3600), 3540));
        assert!(!is_good_after(Some(60), 0), "it has no time to spare");
        assert!(is_good_after(None, 539) && !is_good_after(None, 540));
        assert!(!is_good_after(Some(u64::MAX), 24 * 60 * 60));
    }

    #[test]
    fn a_server_in_trouble_is_left_alone_for_longer_each_time() {
        let error = || FetchTokenError::Refused {
            host: "login.example".to_owned(),
            reason: "401 invalid_client".to_owned(),
        };
        let mut kept = Kept::default();
        let mut now = Instant::now();
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            kept.put_off(error(), now);
            now += Duration::from_secs(wait);
            let just_before = now.checked_sub(Duration::from_millis(1)).unwrap();
            assert!(kept.good_at(just_before).is_err(), "{wait} s");
            assert!(kept.good_at(now).unwrap().is_none(), "{wait} s");
        }
        kept.take(granted(Some(3600)), now);
        assert!(kept.good_at(now).unwrap().is_some());
        kept.token = None;
        kept.put_off(error(), now);
        assert!(kept.good_at(now + FIRST_WAIT).is_ok(), "it begins anew");
    }
}
