//! Values on the command line, read once and refused with a reason.

use std::{str::FromStr, time::Duration};

use jiff::tz::TimeZone;

use crate::{
    domain::{
        account_number::{AccountNumber, InvalidAccountNumber},
        calendar_day::CalendarDay,
        domain_name::{DomainName, InvalidDomainName},
        domain_rule::DomainKind,
        email_address::{EmailAddress, InvalidEmailAddress},
        language::Language,
        people::Mode,
        request::{AccessRequest, RequestId},
        request_number::RequestNumber,
        timestamp::Timestamp,
    },
    store::{StoreError, requests},
};

/// Reads an account number.
pub fn account(text: &str) -> Result<AccountNumber, InvalidAccountNumber> {
    AccountNumber::parse(text)
}

/// Reads an e-mail address.
pub fn email(text: &str) -> Result<EmailAddress, InvalidEmailAddress> {
    EmailAddress::parse(text)
}

/// Reads a domain name.
pub fn domain(text: &str) -> Result<DomainName, InvalidDomainName> {
    DomainName::parse(text)
}

/// Reads `my` or `authorized`.
pub fn domain_kind(text: &str) -> Result<DomainKind, &'static str> {
    DomainKind::parse(text).ok_or("expected my or authorized")
}

/// Reads `nl` or `en`.
pub fn language(text: &str) -> Result<Language, &'static str> {
    Language::parse(text).ok_or("expected nl or en")
}

/// Reads `live` or `test`.
pub fn mode(text: &str) -> Result<Mode, &'static str> {
    Mode::parse(text).ok_or("expected live or test")
}

/// Reads the IANA name of a time zone.
pub fn time_zone(text: &str) -> Result<String, &'static str> {
    match TimeZone::get(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected a time zone such as Europe/Amsterdam"),
    }
}

/// Reads a name: one line, not empty, at most 200 characters.
pub fn name(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 200;
    let name = text.trim();
    if name.is_empty() {
        Err("expected a name, this one is empty")
    } else if name.chars().count() > LONGEST {
        Err("expected at most 200 characters")
    } else if name.chars().any(char::is_control) {
        Err("expected one line without control characters")
    } else {
        Ok(name.to_owned())
    }
}

/// Reads a text of at most 2000 characters, as the API takes it.
pub fn reason(text: &str) -> Result<String, &'static str> {
    const LONGEST: usize = 2_000;
    if text.chars().count() > LONGEST {
        return Err("expected at most 2000 characters");
    }
    Ok(text.to_owned())
}

/// Reads `30s`, `15m`, `8h` or `90d`.
pub fn duration(text: &str) -> Result<Duration, &'static str> {
    let wrong = "expected a duration such as 30s, 15m, 8h or 90d";
    let split = text.len().saturating_sub(1);
    let (number, unit) = text.split_at_checked(split).ok_or(wrong)?;
    let unit: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong),
    };
    let number: u32 = number.parse().map_err(|_| wrong)?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

/// Until when something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// To the end of this day, where the account is.
    Day(CalendarDay),
    /// To this moment.
    Moment(Timestamp),
}

impl Until {
    /// The moment it ends; `zone` is the IANA name of the account's time zone.
    pub fn in_zone(self, zone: &str) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => day.ends(zone),
        }
    }
}

/// Reads `2026-12-31`, which includes that day, or an RFC 3339 moment.
pub fn until(text: &str) -> Result<Until, &'static str> {
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Until::Moment(Timestamp::from_jiff(moment)));
    }
    CalendarDay::parse(text)
        .map(Until::Day)
        .map_err(|_| "expected a day such as 2026-12-31, or a moment such as 2026-12-31T17:00:00Z")
}

/// How a request is named: by its ID, or by its short number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestName {
    /// A UUID.
    Id(RequestId),
    /// Such as `R-7Q4K9`.
    Number(RequestNumber),
}

impl FromStr for RequestName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        text.parse()
            .map(Self::Id)
            .map_err(|_| "expected the number of a request such as R-7Q4K9, or its ID")
    }
}

impl RequestName {
    /// The request, or that there is none.
    pub async fn find(&self, conn: &mut sqlx::AnyConnection) -> Result<AccessRequest, FindError> {
        let (found, name) = match self {
            Self::Id(id) => (requests::find(conn, *id).await?, id.to_string()),
            Self::Number(number) => (requests::by_number(conn, number).await?, number.to_string()),
        };
        found.ok_or(FindError::Unknown(name))
    }
}

/// Why a request was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// There is none of that name.
    #[error("there is no access request {0}: see `esecured request list`")]
    Unknown(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_a_day_includes_that_day_where_the_account_is() {
        let until = until("2026-03-29").unwrap();
        // Summer time began that morning: the day ends at 22:00 UTC.
        assert_eq!(
            until.in_zone("Europe/Amsterdam").to_string(),
            "2026-03-29T22:00:00.000Z"
        );
    }

    #[test]
    fn until_a_moment_is_that_moment() {
        let until = until("2026-12-31T17:00:00+01:00").unwrap();
        let at = until.in_zone("Asia/Tokyo");
        assert_eq!(at.to_string(), "2026-12-31T16:00:00.000Z");
        assert!(super::until("31/12/2026").is_err());
        assert!(super::until("2026-02-30").is_err());
    }

    #[test]
    fn durations_are_written_as_in_the_configuration() {
        assert_eq!(duration("90d"), Ok(Duration::from_secs(90 * 86_400)));
        for wrong in ["", "d", "90", "1w", "-1d", "1.5h", "90€"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_request_has_two_names() {
        let number: RequestName = "r-7q4k9".parse().unwrap();
        assert!(matches!(number, RequestName::Number(_)));
        let id: RequestName = RequestId::new().to_string().parse().unwrap();
        assert!(matches!(id, RequestName::Id(_)));
        assert!("7Q4K9".parse::<RequestName>().is_err());
    }
}
