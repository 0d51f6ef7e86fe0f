//! The rules, as plain values and functions.
//!
//! Nothing in here waits, reads a clock, speaks SQL or logs: a rule can be read and tested
//! without a database, a network or a moment in time.

pub mod account;
pub mod account_number;
pub mod address_list;
pub mod address_state;
pub mod announced;
pub mod calendar_day;
pub mod code_brake;
pub mod counted_by;
pub mod domain_name;
pub mod domain_rule;
pub mod email_address;
pub mod entry;
pub mod event;
pub mod factor;
pub mod free_mail;
pub mod hour_of_day;
pub mod language;
mod letter_shape;
pub mod look_alike;
pub mod message;
pub mod note;
pub mod people;
pub mod place;
pub mod plain_line;
pub mod recovery_code;
pub mod reminder;
pub mod request;
pub mod request_number;
pub mod resemblance;
pub mod retry;
pub mod rules;
pub mod sign_in_change;
pub mod test_request;
pub mod timestamp;
pub mod totp_secret;
pub mod unusual_letters;
pub mod webhook;
pub mod webhook_secret;
pub(crate) mod words;
pub mod working_hours;
