//! The portal: the screens of the user guide, behind the sign-in.

pub mod activity;
pub mod add_administrator;
pub mod add_users;
pub mod alias_list;
mod arrival;
pub mod authorized_user;
pub mod authorized_users;
mod colleague;
pub mod confirm;
pub mod customer_administrators;
mod domain_preview;
pub mod domains_page;
pub mod esecure;
mod events;
mod granted;
pub mod home;
pub mod invite_again;
pub mod language;
pub mod login_code;
#[cfg(feature = "passkeys")]
pub(super) mod passkey_page;
mod person_fields;
#[cfg(feature = "oidc")]
pub(super) mod provider_page;
pub mod remove_administrator;
pub mod request;
mod result_cookie;
mod row;
pub mod settings;
pub mod sign_in;
mod unlike_known;
pub(super) mod view;
