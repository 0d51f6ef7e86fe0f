//! Which events somebody wants to see: by account, kind, days and person.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        account::Account, account_number::AccountNumber, calendar_day::CalendarDay,
        timestamp::Timestamp,
    },
    store::activity::{Place, Wanted},
};

/// The kinds that can be chosen: the first halves of the names of events.
pub(super) const KINDS: [&str; 6] = [
    "access_request",
    "authorized_user",
    "administrator",
    "stand_in",
    "account",
    "domain",
];

/// What was filled in, as it was typed.
#[derive(Clone, Deserialize, Serialize, Default)]
pub(in crate::http) struct Typed {
    #[serde(default)]
    account: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    person: String,
    /// The page begins behind this event.
    #[serde(default)]
    pub(super) behind: String,
}

impl Typed {
    /// Whether anything is left out.
    pub(super) fn is_filtered(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.is_empty())
    }

    /// The same choice on another page.
    pub(super) fn url(&self, path: &str, behind: Option<&Place>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields() {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(Place { at, chain, seq }) = behind {
            query.append_pair("behind", &format!("{at}.{chain}.{seq}"));
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }

    fn fields(&self) -> [(&'static str, &str); 5] {
        [
            ("account", self.account.as_str()),
            ("kind", self.kind.as_str()),
            ("from", self.from.as_str()),
            ("until", self.until.as_str()),
            ("person", self.person.as_str()),
        ]
    }
}

/// What was understood.
pub(super) struct Filter {
    accounts: Vec<AccountNumber>,
    noun: String,
    person: String,
    from: Timestamp,
    until: Timestamp,
}

impl Filter {
    /// Everything that is the reader's.
    pub(super) fn all(mine: &[Account]) -> Self {
        Self {
            accounts: mine.iter().map(|account| account.number.clone()).collect(),
            noun: String::new(),
            person: String::new(),
            from: Timestamp::from_micros(i64::MIN),
            until: Timestamp::from_micros(i64::MAX),
        }
    }

    /// Reads what was filled in, or says which field is wrong. Somebody else's account has no
    /// events here, like one that does not exist.
    pub(super) fn read(typed: &Typed, mine: &[Account]) -> Result<Self, &'static str> {
        let mut filter = Self::all(mine);
        if !typed.account.trim().is_empty() {
            let number = AccountNumber::parse(&typed.account).ok();
            filter.accounts.retain(|mine| Some(mine) == number.as_ref());
        }
        if KINDS.contains(&typed.kind.as_str()) {
            filter.noun.clone_from(&typed.kind);
        }
        // A database cannot look for U+0000, and nothing holds it.
        filter.person = typed.person.replace('\0', "");
        let zone = filter.accounts.first().map_or("", AccountNumber::as_str);
        let zone = zone_of(mine, zone);
        if let Some(day) = day(&typed.from).map_err(|()| "from")? {
            filter.from = day.begins(zone);
        }
        if let Some(day) = day(&typed.until).map_err(|()| "until")? {
            filter.until = day.ends(zone);
        }
        Ok(filter)
    }

    /// Whose events.
    pub(super) fn numbers(&self) -> Vec<AccountNumber> {
        self.accounts.clone()
    }

    /// Which of them.
    pub(super) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            noun: &self.noun,
            person: &self.person,
            from: self.from,
            until: self.until,
        }
    }
}

fn day(text: &str) -> Result<Option<CalendarDay>, ()> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    CalendarDay::parse(text).map(Some).map_err(|_| ())
}

/// The time zone of an account of the reader.
pub(super) fn zone_of<'m>(mine: &'m [Account], number: &str) -> &'m str {
    let account = mine
        .iter()
        .find(|account| account.number.as_str() == number);
    account.map_or("UTC", |account| account.time_zone.as_str())
}

/// Where a page begins, as [`Typed::url`] wrote it.
pub(super) fn place(text: &str) -> Option<Place> {
    let mut parts = text.split('.');
    let at = parts.next()?.parse().ok()?;
    let chain = AccountNumber::parse(parts.next()?).ok()?;
    Some(Place {
        at,
        chain: chain.as_str().to_owned(),
        seq: parts.next()?.parse().ok()?,
    })
}
