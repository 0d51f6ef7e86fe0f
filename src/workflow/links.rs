//! The links of a mail, signed anew at every rendering.

use crate::{
    domain::{
        people::{AdministratorId, InvitationId},
        request::AccessRequest,
    },
    invitation_link,
    reject_link::{self, LinkClaims, LinkPurpose},
    signing::{KeyId, KeyRing, UnknownKey},
    store::link_generations::LinkGeneration,
};

/// A link outlives its request by this long: whoever comes late is shown what happened.
const LINK_OUTLIVES: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3600);

/// What a link of a request says to one administrator, in the generation of its links.
pub fn link_claims(
    request: &AccessRequest,
    administrator: AdministratorId,
    generation: u8,
    purpose: LinkPurpose,
) -> LinkClaims {
    LinkClaims {
        purpose,
        request: request.id.0,
        recipient: administrator.0,
        expires: request.expires_at.plus(LINK_OUTLIVES),
        generation,
    }
}

/// The links of a mail; those it has not are empty.
#[derive(Default)]
pub(super) struct Links {
    pub(super) portal: String,
    pub(super) reject: String,
    pub(super) undo: String,
    pub(super) invite: String,
    /// Those of each request of a digest.
    pub(super) of_each: Vec<Links>,
    /// The list of requests.
    pub(super) list: String,
}

impl Links {
    /// For an administrator, or for the requester, who gets none.
    pub(super) fn of_request(
        origin: &str,
        ring: &KeyRing,
        key: KeyId,
        administrator: Option<AdministratorId>,
        (request, generation): (&AccessRequest, LinkGeneration),
    ) -> Result<Self, UnknownKey> {
        let signed = |purpose, path: &str| -> Result<String, UnknownKey> {
            let Some(administrator) = administrator else {
                return Ok(String::new());
            };
            let claims = link_claims(request, administrator, generation.number, purpose);
            let token = reject_link::encode_with(ring, key, &claims)?;
            Ok(format!("{origin}/{path}/{token}"))
        };
        Ok(Self {
            portal: format!("{origin}/requests/{}", request.id),
            reject: signed(LinkPurpose::Reject, "r")?,
            undo: signed(LinkPurpose::Undo, "u")?,
            ..Self::default()
        })
    }

    /// To all open requests, and of each of these.
    pub(super) fn of_digest<'r>(
        origin: &str,
        ring: &KeyRing,
        key: KeyId,
        administrator: Option<AdministratorId>,
        requests: impl Iterator<Item = (&'r AccessRequest, LinkGeneration)>,
    ) -> Result<Self, UnknownKey> {
        let of_each: Result<Vec<Self>, UnknownKey> = requests
            .map(|request| Self::of_request(origin, ring, key, administrator, request))
            .collect();
        Ok(Self {
            portal: format!("{origin}/authorized-users"),
            of_each: of_each?,
            ..Self::default()
        })
    }

    /// To the administrators of the reader's accounts, and to the list of requests.
    pub(super) fn of_account(origin: &str) -> Self {
        Self {
            list: format!("{origin}/authorized-users"),
            portal: format!("{origin}/customer-administrators"),
            ..Self::default()
        }
    }

    /// To what its reader sets for itself.
    pub(super) fn of_settings(origin: &str) -> Self {
        Self {
            portal: format!("{origin}/settings"),
            ..Self::default()
        }
    }

    /// To the page where a first password is chosen.
    pub(super) fn of_invitation(
        origin: &str,
        ring: &KeyRing,
        key: KeyId,
        invitation: InvitationId,
    ) -> Result<Self, UnknownKey> {
        let token = invitation_link::encode(ring, key, invitation)?;
        Ok(Self {
            invite: format!("{origin}/invite/{token}"),
            ..Self::default()
        })
    }
}

/// The key that the row names, or the one that signs now where that was revoked or dropped since.
pub(super) fn living_key(ring: &KeyRing, named: &str) -> KeyId {
    KeyId::parse(named)
        .filter(|key| ring.knows(*key))
        .unwrap_or_else(|| ring.signing_key())
}
