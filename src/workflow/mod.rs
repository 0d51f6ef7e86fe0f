//! What can happen: one file and one transaction each.
//!
//! The change, its audit event and the messages it causes are written together, so that after a
//! crash at any line either all of it happened or none of it did. Nothing is sent in here.

mod act_on_mail;
pub mod authorized_users;
pub mod ceremony;
pub mod confirm;
pub mod decide;
pub mod expire;
pub mod grant;
pub mod identity;
pub mod links;
pub mod look;
pub mod manage;
mod messages;
pub mod new_password;
pub mod own_settings;
#[cfg(feature = "passkeys")]
pub mod passkey;
pub mod read_mail;
pub mod render;
mod sender;
pub mod session;
pub mod sign_in;
pub mod submit;
pub mod undo;
mod ways_in;
