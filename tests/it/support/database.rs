//! Which database a story is told on.

use std::path::Path;

use super::postgres::PostgresDatabase;

/// SQLite in a file, or a database of the test's PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// Embedded.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database that goes away with its test.
pub struct OwnDatabase {
    /// For `database.url`.
    pub url: String,
    _postgres: Option<PostgresDatabase>,
}

impl Database {
    /// An empty one; a file lies in `dir`.
    pub fn create(self, dir: &Path) -> OwnDatabase {
        match self {
            Self::Sqlite => OwnDatabase {
                url: format!("sqlite:{}", dir.join("esecured.db").display()),
                _postgres: None,
            },
            Self::Postgres => {
                let database = PostgresDatabase::create();
                OwnDatabase {
                    url: database.url(),
                    _postgres: Some(database),
                }
            }
        }
    }
}
