//! What can happen: one file and one transaction each.
//!
//! The change, its audit event and the messages it causes are written together, so that after a
//! crash at any line either all of it happened or none of it did. Nothing is sent in here.

mod about_account;
mod about_digest;
mod about_invitation;
pub mod about_message;
mod about_overturning;
mod about_request;
mod about_sign_in;
pub mod accept_invitation;
mod act_on_mail;
pub mod appoint;
pub mod authorized_users;
pub mod ceremony;
pub mod change_brake;
pub mod client_keys;
pub mod confirm;
pub mod decide;
pub mod dismiss;
pub mod domain_rules;
pub mod draw_calls;
pub mod end_stand_in;
pub mod expire;
pub mod flood_brake;
pub mod forget_events;
pub mod gather;
pub mod grant;
pub mod identity;
mod inbox_log;
pub mod invite;
pub mod judge;
mod lead;
pub mod links;
pub mod look;
pub mod look_back;
pub mod manage;
pub mod manage_webhooks;
mod messages;
pub mod name_stand_in;
pub mod new_password;
pub mod once;
mod open_request;
#[cfg(feature = "passkeys")]
pub mod own_passkeys;
pub mod own_settings;
#[cfg(feature = "passkeys")]
pub mod passkey;
pub mod place_events;
mod policy;
pub mod reach;
pub mod read_mail;
pub mod register_alias;
pub mod remind;
pub mod render;
pub mod reset_factors;
pub mod returned_mail;
pub mod sealed_totp;
pub mod sealed_webhook;
pub mod second_factor;
pub mod second_step;
mod sender;
pub mod session;
pub mod settle_webhook;
pub mod sign_in;
mod sign_in_changed;
pub mod stand_in_turns;
pub mod submit;
pub mod switch_esecure;
mod tell_of_overturning;
pub mod test_mode;
pub mod time_away;
pub mod undo;
mod use_code;
mod ways_in;
