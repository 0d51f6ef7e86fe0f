//! Everything that speaks mail to the outside, and the making of what is sent.

pub mod access_token;
pub mod check;
pub mod compose;
pub mod dev_mailbox;
pub mod dkim;
pub mod imap;
pub mod own_check;
mod refresh_token;
pub mod smtp;
pub mod transport;
