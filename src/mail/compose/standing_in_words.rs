//! What a template may name of somebody standing in.

use serde::Serialize;

use super::{
    Content, StandingIn,
    words::{Caps, one_line},
};
use crate::domain::language::Language;
use crate::templates::Templates;

/// So many accounts are named, so that the mail stays small; the portal shows all of them.
const NAMED: usize = 10;

/// For whom, when and where.
#[derive(Serialize)]
pub(super) struct StandingInWords {
    absent: String,
    /// Whether the reader is the absent one.
    absent_is_you: bool,
    first_day: String,
    last_day: String,
    accounts: Vec<String>,
    /// How many there are besides; none is `null`.
    more_accounts: Option<usize>,
}

impl StandingInWords {
    /// None where the mail is about something else.
    pub(super) fn of(
        templates: &Templates,
        content: &Content<'_>,
        language: Language,
        caps: Caps,
    ) -> Option<Self> {
        let (Content::StandInNamed { standing_in, .. }
        | Content::StandInEnded { standing_in, .. }
        | Content::Invitation {
            stands_in: Some(standing_in),
            ..
        }) = content
        else {
            return None;
        };
        let StandingIn { accounts, .. } = standing_in;
        let more = accounts.len().saturating_sub(NAMED);
        let named = accounts.iter().take(NAMED);
        let named = named.map(|one| {
            let name = one_line(one.name, caps.name);
            format!("{} ({name})", one.number.as_str())
        });
        Some(Self {
            absent: one_line(standing_in.absent, caps.name),
            absent_is_you: standing_in.is_recipient,
            first_day: templates.day(standing_in.first, language),
            last_day: templates.day(standing_in.last, language),
            accounts: named.collect(),
            more_accounts: (more > 0).then_some(more),
        })
    }
}
