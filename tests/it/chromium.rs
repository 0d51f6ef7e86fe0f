//! The pages and the mails in a real Chromium that runs no script.

mod administrators;
mod company_sign_in;
mod every_page;
mod guide;
mod keyboard;
mod looks;
mod mail_programs;
mod mails;
mod passkey;
mod red_button;
mod settings_pages;
