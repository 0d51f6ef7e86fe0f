//! The portal: the screens of the user guide, behind the sign-in.

pub mod add_users;
pub mod authorized_user;
pub mod authorized_users;
pub mod confirm;
mod events;
mod granted;
pub mod home;
pub mod language;
#[cfg(feature = "passkeys")]
pub(super) mod passkey_page;
#[cfg(feature = "oidc")]
pub(super) mod provider_page;
pub mod request;
mod result_cookie;
mod row;
pub mod settings;
pub mod sign_in;
pub(super) mod view;
