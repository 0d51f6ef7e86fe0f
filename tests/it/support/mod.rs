//! What the stories are told with: a whole daemon as a value, real peers, scripted peers, and the
//! invariants that must hold whatever happened.

pub mod authenticator;
pub mod browser;
pub mod browser_tabs;
pub mod captured_log;
pub mod certificates;
pub mod chromium;
pub mod colleague;
pub mod daemon_process;
pub mod database;
pub mod dovecot;
mod dovecot_permissions;
pub mod free_port;
pub mod identity_provider;
pub mod invariants;
pub mod mail_program;
pub mod many_callers;
pub mod own_word;
pub mod postfix;
pub mod postgres;
pub mod printed_guide;
pub mod process;
pub mod received;
pub mod receiver;
pub mod routes;
pub mod screen;
pub mod scripted_dns;
pub mod scripted_imap;
pub mod scripted_smtp;
pub mod signed_mail;
pub mod smtp_sink;
pub mod test_app;
pub mod token_server;

pub use browser::Browser;
pub use chromium::Chromium;
pub use database::Database;
pub use received::Received;
pub use test_app::{ANNA, BRAM, JORIS, TULIPS, TestApp};

/// Tells the same story on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::support::Database::Sqlite).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                super::$story($crate::support::Database::Postgres).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;
