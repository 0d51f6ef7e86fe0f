//! Signing in at an identity provider: everything that is spoken to one (OpenID Connect Core 1.0,
//! section 3.1, the authorization code flow with PKCE, RFC 7636).
//!
//! [`Provider::begin`] says where a browser is sent to; [`Provider::who`] learns from what it comes
//! back with who somebody is there. What belongs to one such journey (state, nonce, PKCE verifier)
//! is derived from a [`Journey`], a secret that only the browser keeps: whoever comes back with
//! another one, or with none, is not believed, and nothing of it rests in the database.

mod metadata;

use std::{future::Future, pin::Pin, time::Duration};

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use openidconnect::{
    AsyncHttpClient, AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenVerifier,
        CoreJwsSigningAlgorithm, CoreResponseType,
    },
};
use secrecy::ExposeSecret;
use sha2::Sha256;
use url::Url;

use crate::{
    clock::Clock,
    config::{Config, IdentityProvider},
    domain::timestamp::Timestamp,
    fetch::{Fetch, FetchError},
};
use metadata::{KnownProvider, Metadata};

/// Signatures of ID tokens that are believed. RS256 is the one that every provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 2] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
];

/// How far the provider's clock may be ahead of or behind ours.
const CLOCK_LEEWAY: Duration = Duration::from_secs(60);

/// The identity providers of the configuration.
pub struct Providers(Vec<Provider>);

impl Providers {
    /// Those of the configuration. None of them is asked anything yet.
    pub fn of(config: &Config, clock: &Clock) -> Self {
        if config.portal.identity_providers.is_empty() {
            return Self(Vec::new()); // Reading whom the system trusts takes time and memory.
        }
        let fetch = Fetch::trusting(&[]);
        let provider = |settings: &IdentityProvider| Provider {
            redirect: format!(
                "{}/login/oidc/{}/callback",
                config.server.origin(),
                settings.name
            ),
            settings: settings.clone(),
            known: KnownProvider::new(&settings.issuer, fetch.clone()),
            clock: clock.clone(),
        };
        Self(
            config
                .portal
                .identity_providers
                .iter()
                .map(provider)
                .collect(),
        )
    }

    /// Each of them.
    pub fn all(&self) -> &[Provider] {
        &self.0
    }

    /// The one the operator calls so.
    pub fn by_name(&self, name: &str) -> Option<&Provider> {
        self.0
            .iter()
            .find(|provider| provider.settings.name == name)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

/// One identity provider.
pub struct Provider {
    settings: IdentityProvider,
    redirect: String,
    known: KnownProvider,
    clock: Clock,
}

/// The secret of one journey to a provider and back.
pub struct Journey<'a>(&'a str);

impl<'a> Journey<'a> {
    /// From a secret of at least 128 random bits that only the browser keeps.
    pub fn of(secret: &'a str) -> Self {
        Self(secret)
    }

    /// Whether a `state` that came back belongs to it.
    pub fn has_state(&self, state: &str) -> bool {
        let Ok(state) = BASE64URL_NOPAD.decode(state.as_bytes()) else {
            return false;
        };
        self.mac("state").verify_slice(&state).is_ok()
    }

    /// 43 characters that only whoever has the secret can know.
    fn derive(&self, purpose: &str) -> String {
        BASE64URL_NOPAD.encode(&self.mac(purpose).finalize().into_bytes())
    }

    fn mac(&self, purpose: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_bytes())
            .expect("a key of an HMAC may have any length");
        mac.update(b"esecured/oidc/");
        mac.update(purpose.as_bytes());
        mac
    }
}

/// What a browser comes back with (RFC 6749, section 4.1.2; RFC 9207).
pub struct Answer<'a> {
    /// The code that stands for the answer, once.
    pub code: &'a str,
    /// Who gave it, where it says so.
    pub issuer: Option<&'a str>,
}

/// Whether somebody must prove anew who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Whoever is signed in at the provider need not.
    AsItIs,
    /// Within this time, whether signed in there or not.
    Within(Duration),
}

/// Why nobody is known from what a provider says.
#[derive(Debug, thiserror::Error)]
pub enum AskProviderError {
    /// It does not answer, or not as a provider does.
    #[error("the provider cannot be asked: {0}")]
    Unreachable(String),
    /// It takes the code for none: used before, too old, or made up.
    #[error("the provider refuses the code: {0}")]
    CodeRefused(String),
    /// What it says is not to be believed.
    #[error("the provider's answer is not believed: {0}")]
    NotBelieved(String),
}

impl Provider {
    /// What the operator calls it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// What people call it.
    pub fn label(&self) -> &str {
        &self.settings.label
    }

    /// What it calls itself.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where a browser is sent to.
    ///
    /// # Errors
    /// The provider cannot be asked where that is.
    pub async fn begin(
        &self,
        journey: &Journey<'_>,
        proof: Proof,
    ) -> Result<Url, AskProviderError> {
        let metadata = self.known.metadata(self.clock.now()).await?;
        let client = CoreClient::from_provider_metadata(
            (*metadata).clone(),
            self.client_id(),
            Some(self.client_secret()),
        )
        .set_redirect_uri(self.redirect_url()?);
        let state = CsrfToken::new(journey.derive("state"));
        let nonce = Nonce::new(journey.derive("nonce"));
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || state,
                move || nonce,
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier(
                journey,
            )));
        if let Proof::Within(time) = proof {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(time);
        }
        let (url, _, _) = request.url();
        Ok(url)
    }

    /// The provider's own name for whoever came back: its `sub`.
    ///
    /// # Errors
    /// The answer is not believed, or the provider cannot be asked about it.
    pub async fn who(
        &self,
        journey: &Journey<'_>,
        answer: &Answer<'_>,
        proof: Proof,
    ) -> Result<String, AskProviderError> {
        let metadata = self.known.metadata(self.clock.now()).await?;
        self.comes_from_it(&metadata, answer.issuer)?;
        let token = self.exchange(&metadata, journey, answer.code).await?;
        let nonce = Nonce::new(journey.derive("nonce"));
        let verified = token.claims(&self.verifier(&metadata), &nonce);
        let claims = match verified {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                // It may have begun to sign with another key since it was last asked.
                let metadata = self.known.asked_again(self.clock.now()).await?;
                token
                    .claims(&self.verifier(&metadata), &nonce)
                    .map_err(|error| not_believed(&error))?
            }
            verified => verified.map_err(|error| not_believed(&error))?,
        };
        if let Proof::Within(time) = proof {
            let proved_at = claims
                .auth_time()
                .map(|at| Timestamp::from_seconds(at.timestamp()));
            let oldest = self.clock.now().minus(time + CLOCK_LEEWAY);
            if proved_at.is_none_or(|at| at < oldest) {
                let reason = "it does not say that this was proved lately".to_owned();
                return Err(AskProviderError::NotBelieved(reason));
            }
        }
        Ok(claims.subject().as_str().to_owned())
    }

    /// RFC 9207: an answer that names another provider, or none where this one always does, was
    /// mixed up by somebody on the way.
    fn comes_from_it(
        &self,
        metadata: &Metadata,
        issuer: Option<&str>,
    ) -> Result<(), AskProviderError> {
        let says_so = metadata.additional_metadata().names_itself();
        let fits = match issuer {
            Some(issuer) => issuer == self.issuer(),
            None => !says_so,
        };
        if fits {
            return Ok(());
        }
        let reason = "it comes from another provider".to_owned();
        Err(AskProviderError::NotBelieved(reason))
    }

    async fn exchange(
        &self,
        metadata: &Metadata,
        journey: &Journey<'_>,
        code: &str,
    ) -> Result<CoreIdToken, AskProviderError> {
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes_basic =
            methods.is_none_or(|known| known.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let client = CoreClient::from_provider_metadata(
            metadata.clone(),
            self.client_id(),
            Some(self.client_secret()),
        )
        .set_redirect_uri(self.redirect_url()?)
        .set_auth_type(match takes_basic {
            true => AuthType::BasicAuth,
            false => AuthType::RequestBody,
        });
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|error| AskProviderError::Unreachable(error.to_string()))?
            .set_pkce_verifier(verifier(journey))
            .request_async(self.known.fetch())
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(refusal) => {
                    AskProviderError::CodeRefused(refusal.error().to_string())
                }
                RequestTokenError::Request(error) => {
                    AskProviderError::Unreachable(error.to_string())
                }
                // What it sent may hold a token, so that it is not repeated.
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                    AskProviderError::Unreachable("it sent no tokens".to_owned())
                }
            })?;
        let token = answer.id_token().cloned();
        token.ok_or_else(|| AskProviderError::NotBelieved("it sent no ID token".to_owned()))
    }

    /// Checks signature, issuer, audience, time and nonce (OpenID Connect Core 1.0, section 3.1.3.7).
    fn verifier(&self, metadata: &Metadata) -> CoreIdTokenVerifier<'static> {
        let clock = self.clock.clone();
        CoreIdTokenVerifier::new_confidential_client(
            self.client_id(),
            self.client_secret(),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        )
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || {
            let micros = clock.now().as_micros();
            chrono::DateTime::from_timestamp_micros(micros).unwrap_or_default()
        })
    }

    fn client_id(&self) -> ClientId {
        ClientId::new(self.settings.client_id.clone())
    }

    fn client_secret(&self) -> ClientSecret {
        ClientSecret::new(self.settings.client_secret.expose_secret().to_owned())
    }

    fn redirect_url(&self) -> Result<RedirectUrl, AskProviderError> {
        RedirectUrl::new(self.redirect.clone())
            .map_err(|error| AskProviderError::Unreachable(error.to_string()))
    }
}

fn verifier(journey: &Journey<'_>) -> PkceCodeVerifier {
    PkceCodeVerifier::new(journey.derive("pkce"))
}

fn not_believed(error: &ClaimsVerificationError) -> AskProviderError {
    AskProviderError::NotBelieved(match error {
        ClaimsVerificationError::SignatureVerification(error) => error.to_string(),
        other => other.to_string(),
    })
}
