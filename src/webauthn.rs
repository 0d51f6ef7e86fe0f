//! Passkeys: what an authenticator is asked, and whether its answer is right (Web Authentication,
//! Level 3).
//!
//! Every passkey of ours is discoverable and verifies its user (fingerprint, face or PIN), so that it
//! is two factors by itself and nobody has to say an address first: nobody learns who has one.

use serde_json::Value;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::{
    config::Config,
    domain::people::{Administrator, AdministratorId},
};

/// Whom passkeys are made for: this installation, by its public URL.
pub struct RelyingParty(Webauthn);

/// What an authenticator is asked. Each question is asked once.
pub struct Question {
    /// For the page: `PublicKeyCredentialCreationOptions` or `…RequestOptions` as JSON, octets in
    /// base64url.
    pub options: String,
    /// What its answer is compared with, as JSON; it stays here.
    pub expected: String,
}

/// A passkey that was just made.
pub struct NewPasskey {
    /// What its device calls it, in base64url.
    pub id: String,
    /// Its public half, as JSON.
    pub credential: String,
}

/// Why an answer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AnswerRefused {
    /// It cannot be read.
    #[error("the answer cannot be read")]
    Unreadable,
    /// It is of another site or challenge, not signed by this key, or nobody was verified.
    #[error("the answer is wrong: {0}")]
    Wrong(WebauthnError),
    /// The device counts less than it did: there may be a copy of it.
    #[error("the passkey counts backwards and may have been copied")]
    Copied,
}

impl RelyingParty {
    /// Ours; `None` where no passkeys are offered.
    pub fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        if !config.portal.passkeys {
            return Ok(None);
        }
        let url = &config.server.public_url;
        let webauthn = WebauthnBuilder::new(url.domain().unwrap_or_default(), url)?
            .rp_name(&config.portal.product_name)
            .build()?;
        Ok(Some(Self(webauthn)))
    }

    /// Asks for a new passkey. A device that has one of the known ones makes none.
    pub fn ask_for_new(
        &self,
        administrator: &Administrator,
        known: &[String],
    ) -> anyhow::Result<Question> {
        let known: Vec<CredentialID> = known
            .iter()
            .filter_map(|id| data_encoding::BASE64URL_NOPAD.decode(id.as_bytes()).ok())
            .collect();
        let (options, expected) = self.0.start_passkey_registration(
            administrator.id.0,
            administrator.email.as_typed(),
            &administrator.name,
            Some(known),
        )?;
        let mut options = serde_json::to_value(options)?;
        // The library leaves it to the device whether it can be found without saying who one is.
        // Ours must be: the sign-in page asks for no address.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = Value::from("required");
        selection["requireResidentKey"] = Value::from(true);
        Ok(Question {
            options: options["publicKey"].to_string(),
            expected: serde_json::to_string(&expected)?,
        })
    }

    /// The passkey that an answer makes.
    pub fn make(&self, expected: &str, answer: &str) -> Result<NewPasskey, AnswerRefused> {
        let expected: PasskeyRegistration = read(expected)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let passkey = self
            .0
            .finish_passkey_registration(&answer, &expected)
            .map_err(AnswerRefused::Wrong)?;
        Ok(NewPasskey {
            id: encode(passkey.cred_id().as_ref()),
            credential: write(&passkey),
        })
    }

    /// Asks for any passkey of ours.
    pub fn ask_for_any(&self) -> anyhow::Result<Question> {
        let (options, expected) = self.0.start_discoverable_authentication()?;
        // The mediation that the library proposes beside them is for filling in a field.
        Ok(Question {
            options: serde_json::to_string(&options.public_key)?,
            expected: serde_json::to_string(&expected)?,
        })
    }

    /// Whose passkey an answer says to be, and what its device calls it. Not checked yet.
    pub fn claimed(&self, answer: &str) -> Result<(AdministratorId, String), AnswerRefused> {
        let answer: PublicKeyCredential = read(answer)?;
        let (administrator, id) = self
            .0
            .identify_discoverable_authentication(&answer)
            .map_err(AnswerRefused::Wrong)?;
        Ok((AdministratorId(administrator), encode(id)))
    }

    /// Checks an answer with the public half of the passkey, and returns that half with what the
    /// device counts now.
    pub fn check(
        &self,
        expected: &str,
        answer: &str,
        credential: &str,
    ) -> Result<String, AnswerRefused> {
        let expected: DiscoverableAuthentication = read(expected)?;
        let answer: PublicKeyCredential = read(answer)?;
        let mut passkey: Passkey = read(credential)?;
        let checked = self
            .0
            .finish_discoverable_authentication_v2(&answer, expected, &passkey)
            .map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => AnswerRefused::Copied,
                other => AnswerRefused::Wrong(other),
            })?;
        passkey.update_credential(&checked);
        Ok(write(&passkey))
    }
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, AnswerRefused> {
    serde_json::from_str(json).map_err(|_| AnswerRefused::Unreadable)
}

fn write(passkey: &Passkey) -> String {
    serde_json::to_string(passkey).expect("a passkey is made to be kept as JSON")
}

fn encode(id: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(id)
}
