//! Reading columns back into values. What fits no value is [`StoreError::Corrupt`], never a default.

use std::str::FromStr;

use sqlx::{Row, any::AnyRow};

use super::StoreError;
use crate::domain::{
    account_number::AccountNumber, domain_name::DomainName, email_address::EmailAddress,
    language::Language, timestamp::Timestamp,
};

/// A row, the table it is of, and what names it there.
pub(super) struct Reader<'r> {
    pub(super) row: &'r AnyRow,
    pub(super) table: &'static str,
    /// The column that names the row in an error.
    pub(super) key: &'static str,
}

impl Reader<'_> {
    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.row.try_get(column)?)
    }

    pub(super) fn maybe_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.row.try_get(column)?)
    }

    pub(super) fn number(&self, column: &'static str) -> Result<i64, StoreError> {
        Ok(self.row.try_get(column)?)
    }

    pub(super) fn time(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(self.number(column)?))
    }

    pub(super) fn maybe_time(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = self.row.try_get(column)?;
        Ok(micros.map(Timestamp::from_micros))
    }

    /// A text that some `parse` understands.
    pub(super) fn parsed<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| self.corrupt(column))
    }

    /// The same for a column that may be empty.
    pub(super) fn maybe_parsed<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        self.maybe_text(column)?
            .map(|text| parse(&text).ok_or_else(|| self.corrupt(column)))
            .transpose()
    }

    pub(super) fn account(&self, column: &'static str) -> Result<AccountNumber, StoreError> {
        self.parsed(column, |text| AccountNumber::parse(text).ok())
    }

    pub(super) fn email(&self, column: &'static str) -> Result<EmailAddress, StoreError> {
        self.parsed(column, |text| EmailAddress::parse(text).ok())
    }

    pub(super) fn domain(&self, column: &'static str) -> Result<DomainName, StoreError> {
        self.parsed(column, |text| DomainName::parse(text).ok())
    }

    pub(super) fn language(&self, column: &'static str) -> Result<Language, StoreError> {
        self.parsed(column, Language::parse)
    }

    /// What names the row in an error: never a whole account number.
    fn name(&self) -> String {
        let name = self.text(self.key).unwrap_or_default();
        AccountNumber::parse(&name).map_or(name, |number| number.to_string())
    }

    pub(super) fn corrupt(&self, what: &'static str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            id: self.name(),
            what,
        }
    }
}

/// `parse` for anything with `FromStr`.
pub(super) fn from_str<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// The micros of a moment that may be missing.
pub(super) fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_micros)
}

/// 1 or 0 rows are "yes" or "no"; what a guarded change looks at.
pub(super) fn changed(result: &sqlx::any::AnyQueryResult) -> bool {
    result.rows_affected() == 1
}

/// The ids of rows that say nothing else.
pub(super) fn ids<T: FromStr>(rows: &[AnyRow], table: &'static str) -> Result<Vec<T>, StoreError> {
    let id = |row| {
        let read = Reader {
            row,
            table,
            key: "id",
        };
        read.parsed("id", from_str)
    };
    rows.iter().map(id).collect()
}
