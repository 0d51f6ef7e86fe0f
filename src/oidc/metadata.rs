//! What a provider says about itself, and the keys it signs with (OpenID Connect Discovery 1.0).

use std::{sync::Arc, time::Duration};

use openidconnect::{
    AdditionalProviderMetadata, DiscoveryError, IssuerUrl, ProviderMetadata,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
        CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::{info, warn};

use super::AskProviderError;
use crate::domain::timestamp::Timestamp;
use crate::fetch::Fetch;

/// For how long what it said is believed without asking again.
const KNOWN_FOR: Duration = Duration::from_secs(60 * 60);
/// How soon it is asked again for the sake of a key that it did not name. Tokens that were made up
/// name such keys; they must not make us ask without end.
const SOONEST: Duration = Duration::from_secs(60);

/// For how long one that did not answer is left alone. Those who come meanwhile are told at once,
/// instead of waiting for each other's questions.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// What a provider says about itself.
pub(super) type Metadata = ProviderMetadata<
    Mixup,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What it says about naming itself (RFC 9207, section 3).
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Mixup {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Mixup {}

impl Mixup {
    /// Whether its answers always name it.
    pub(super) fn names_itself(&self) -> bool {
        self.authorization_response_iss_parameter_supported
    }
}

/// A provider, and what it last said about itself.
pub(super) struct KnownProvider {
    issuer: String,
    fetch: Fetch,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    said: Option<Said>,
    silence: Option<Silence>,
}

struct Said {
    metadata: Arc<Metadata>,
    at: Timestamp,
}

/// Why it did not answer, and when that was.
struct Silence {
    reason: String,
    at: Timestamp,
}

impl KnownProvider {
    /// Not asked yet.
    pub(super) fn new(issuer: &str, fetch: Fetch) -> Self {
        Self {
            issuer: issuer.to_owned(),
            fetch,
            state: Mutex::default(),
        }
    }

    /// How it is asked.
    pub(super) fn fetch(&self) -> &Fetch {
        &self.fetch
    }

    /// What it says, or said within the last hour. Where it does not answer now, what it said
    /// before still holds.
    pub(super) async fn metadata(&self, now: Timestamp) -> Result<Arc<Metadata>, AskProviderError> {
        self.said_within(KNOWN_FOR, now).await
    }

    /// What it says, asked again unless it was within the last minute.
    pub(super) async fn asked_again(
        &self,
        now: Timestamp,
    ) -> Result<Arc<Metadata>, AskProviderError> {
        self.said_within(SOONEST, now).await
    }

    /// Those who come at the same time wait for one question.
    async fn said_within(
        &self,
        time: Duration,
        now: Timestamp,
    ) -> Result<Arc<Metadata>, AskProviderError> {
        let State { said, silence } = &mut *self.state.lock().await;
        if let Some(said) = said
            && now.since(said.at) < time
        {
            return Ok(said.metadata.clone());
        }
        let is_left_alone = |silence: &Silence| now.since(silence.at) < LEFT_ALONE;
        let reason = match silence.as_ref().filter(|silence| is_left_alone(silence)) {
            Some(silence) => silence.reason.clone(),
            None => match self.ask().await {
                Ok(metadata) => {
                    info!(
                        event = "identity_provider.asked",
                        "Asked the identity provider {} about itself", self.issuer
                    );
                    let metadata = Arc::new(metadata);
                    *said = Some(Said {
                        metadata: metadata.clone(),
                        at: now,
                    });
                    *silence = None;
                    return Ok(metadata);
                }
                Err(reason) => {
                    warn!(
                        event = "identity_provider.unreachable",
                        "The identity provider {} does not say who it is: {reason}", self.issuer
                    );
                    *silence = Some(Silence {
                        reason: reason.clone(),
                        at: now,
                    });
                    reason
                }
            },
        };
        match said {
            Some(said) => Ok(said.metadata.clone()),
            None => Err(AskProviderError::Unreachable(reason)),
        }
    }

    async fn ask(&self) -> Result<Metadata, String> {
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|error| error.to_string())?;
        Metadata::discover_async(issuer, &self.fetch)
            .await
            .map_err(|error| match error {
                DiscoveryError::Request(error) => error.to_string(),
                other => other.to_string(),
            })
    }
}
