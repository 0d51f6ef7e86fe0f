//! What changed about how an administrator signs in, as the audit trail tells it.

use serde_json::Value;

use super::{event::AuditRow, factor::Factor, words::words};

/// A way in that came, changed, went or was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignInChange {
    /// A password was set, a first one or another one.
    PasswordSet,
    /// Codes of a device are asked for; there are recovery codes.
    CodesOn,
    /// Not any more; the recovery codes went with them.
    CodesOff,
    /// There are new recovery codes in place of the old ones.
    RecoveryCodesRenewed,
    /// A recovery code opened the portal.
    RecoveryCodeUsed,
    /// A passkey came.
    PasskeyAdded,
    /// A passkey went.
    PasskeyRemoved,
    /// An identity provider may say who it is.
    IdentityLinked,
    /// It may not any more.
    IdentityUnlinked,
    /// Everything but the password went.
    FactorsReset,
    /// Many one-time codes in a row were wrong; they have to wait now.
    CodesWrong,
}

words! { SignInChange {
    PasswordSet = "password_set", CodesOn = "codes_on", CodesOff = "codes_off",
    RecoveryCodesRenewed = "recovery_codes_renewed", RecoveryCodeUsed = "recovery_code_used",
    PasskeyAdded = "passkey_added", PasskeyRemoved = "passkey_removed",
    IdentityLinked = "identity_linked", IdentityUnlinked = "identity_unlinked",
    FactorsReset = "factors_reset", CodesWrong = "codes_wrong",
} }

impl SignInChange {
    /// What an audit event tells; none where it is about something else.
    pub fn told_by(event: &AuditRow) -> Option<Self> {
        let is_of_passkey = factor(event).as_deref() == Some(Factor::Passkey.as_str());
        match event.name.as_str() {
            "administrator.password_set" => Some(Self::PasswordSet),
            "administrator.factors_reset" => Some(Self::FactorsReset),
            "factor.added" if is_of_passkey => Some(Self::PasskeyAdded),
            "factor.added" => Some(Self::CodesOn),
            "factor.removed" if is_of_passkey => Some(Self::PasskeyRemoved),
            "factor.removed" => Some(Self::CodesOff),
            "recovery_codes.renewed" => Some(Self::RecoveryCodesRenewed),
            "recovery_code.used" => Some(Self::RecoveryCodeUsed),
            "identity.linked" => Some(Self::IdentityLinked),
            "identity.unlinked" => Some(Self::IdentityUnlinked),
            "one_time_codes.wrong" => Some(Self::CodesWrong),
            _ => None,
        }
    }
}

fn factor(event: &AuditRow) -> Option<String> {
    let evidence: Value = serde_json::from_str(&event.evidence).ok()?;
    Some(evidence.get("factor")?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        event::{Actor, AuditEvent, FIRST_PREVIOUS},
        timestamp::Timestamp,
    };

    #[test]
    fn each_event_about_a_way_in_tells_one_change_and_others_tell_none() {
        let told = |name: &'static str, factor: &str| {
            let at = Timestamp::from_seconds(1);
            let event = AuditEvent::of_system(name, Actor::Operator, at).shown_by("factor", factor);
            SignInChange::told_by(&AuditRow::place(&event, 1, FIRST_PREVIOUS.to_owned()))
        };
        assert_eq!(told("factor.added", "totp"), Some(SignInChange::CodesOn));
        assert_eq!(told("factor.removed", "totp"), Some(SignInChange::CodesOff));
        let added = told("factor.added", "passkey");
        assert_eq!(added, Some(SignInChange::PasskeyAdded));
        let removed = told("factor.removed", "passkey");
        assert_eq!(removed, Some(SignInChange::PasskeyRemoved));
        let of_the_operator = told("administrator.factors_reset", "");
        assert_eq!(of_the_operator, Some(SignInChange::FactorsReset));
        assert_eq!(told("session.started", "passkey"), None);
    }
}
