//! The map of esecured: the daemon that decides, from an inbox, who may use which account number.
//!
//! # One request's journey
//!
//! 1. A shipping system asks: [`http::api`] → [`workflow::submit`] → [`workflow::judge`] applies
//!    [`domain::rules`] → one transaction in [`store`]: the [`domain::request`], its audit event, a
//!    message for each administrator; or a rule by mail domain decides at once (`workflow/policy.rs`).
//!    What is above a limit (`workflow/flood_brake.rs`), or for somebody who wants one mail a day,
//!    waits for a digest ([`workflow::gather`], made by [`worker::sweeper`]). Where nobody answers,
//!    [`workflow::remind`] mails again, in [`domain::working_hours`].
//! 2. [`worker::courier`] leases a message → [`workflow::render`] and [`mail::compose`] make its
//!    bytes, perhaps signed by [`mail::dkim`] → [`mail::smtp`] hands it over (whom it believes
//!    says [`trust`], a token to sign in with comes from [`mail::access_token`]) → the courier
//!    settles it.
//! 3. An answer comes: by link to [`http::reject_page`] (read by [`reject_link`]), by mail to
//!    [`worker::mail_reader`] → [`reading`] → [`workflow::read_mail`] ([`mail::own_check`] asks who
//!    sent it where our mail server says nothing), or by the portal to
//!    [`http::portal`] ([`workflow::sign_in`] lets people in, [`workflow::session`] says for how long).
//!    Of several daemons one reads the mailbox ([`store::mailbox_leases`]); how that goes,
//!    [`inbox_watch`] knows and `/readyz?verbose` says.
//! 4. All of them end in [`workflow::decide`]: a guarded change, its audit event, the mails it causes.
//! 5. The courier again.
//!
//! A mail that does not arrive, [`workflow::returned_mail`] takes note of: what follows for who can
//! be reached stands in [`workflow::reach`], and decides nothing.
//!
//! Whoever asked learns it by looking, or by waiting ([`http::api::look_up`], woken by
//! [`request_changes`]), or by the event feed ([`http::api::event_list`]): what of the audit trail is
//! [`domain::announced`] gets a row there with its audit event ([`store::event_feed`] says how a
//! reader misses none). Or it is called: [`worker::messenger`] queues a delivery of each event for
//! each endpoint in whose scope it is ([`store::webhook_queue`]), leases what is due, and [`webhook`]
//! says whom it may call; what follows, [`workflow::settle_webhook`] does.
//!
//! Who has a key for tests ([`domain::people::TestClient`]) goes through the same doors to
//! [`workflow::test_mode`], whose requests and events stand in tables of their own.
//! What the API is, [`http::api::description`] makes of the handlers and of the [`shapes`] of what
//! they answer, and `/docs` shows; what it can be refused with, [`http::problem`] lists.
//!
//! What an operator's monitoring is told, [`metrics`] counts beside the lines of the log, and looks up
//! when it is asked.
//!
//! # What holds
//!
//! - Mail can only ever close, never open: [`domain::request::RequestState::approve`] takes a
//!   [`domain::people::SignedIn`], which only `http/session_cookie.rs` makes; a rule approves with a
//!   [`domain::rules::PolicyApproval`], which only [`domain::rules::apply`] makes, and never for a
//!   [`domain::look_alike`] or a domain with [`domain::unusual_letters`]. The one thing a mail opens
//!   is a way in where there was none: [`workflow::accept_invitation`] sets a first password.
//! - [`domain`] and [`reading`] do no I/O and read no clock.
//! - SQL stands in [`store`] alone; [`workflow`] never talks to the outside.
//! - GET, HEAD and OPTIONS change nothing (but a session's last use, once a minute).
//! - Arrows point down: `main → daemon → http | worker → workflow → store → domain`;
//!   `workflow → mail::compose → templates → domain`; `reading → domain`. [`config`], [`clock`] and
//!   [`signing`] are handed in with [`app::App`].
//!
//! # Who decides
//!
//! `http/portal/customer_administrators.rs` and its neighbours → [`workflow::appoint`] and
//! [`workflow::dismiss`] (administrators come and go), [`workflow::invite`] (by [`invitation_link`]), [`workflow::register_alias`] and
//! [`workflow::switch_esecure`]. Whoever else decides for the account is told: such a mail is
//! [`domain::message::About`] the account, and names an audit event. How often that may be in an hour,
//! [`workflow::change_brake`] says.
//! A shipping system asks with a key of [`workflow::client_keys`].
//! What an account calls them, and no other account sees, keeps [`store::known_as`].
//!
//! Whoever is away names a stand-in ([`workflow::name_stand_in`], until [`workflow::end_stand_in`]);
//! [`workflow::stand_in_turns`] lets it decide from day to day, and [`workflow::time_away`] is how
//! that is told. By which [`domain::people::Capacity`] somebody decides is looked at in the deciding
//! transaction.
//!
//! # Signing in
//!
//! [`http::portal`] → [`workflow::sign_in`] (a password), [`workflow::passkey`] (asked and checked by
//! [`webauthn`]) or [`workflow::identity`] (a provider's word, which [`oidc`] gets) →
//! [`workflow::session`]. What takes more than one step is a [`workflow::ceremony`].
//! Whoever signs in is told by mail when a way of doing so changes ([`domain::sign_in_change`]).
//!
//! # Where to begin reading
//!
//! [`domain::request`], then [`workflow::decide`], then [`daemon`].

pub mod app;
pub mod cli;
pub mod clock;
pub mod closed_file;
pub mod config;
pub mod daemon;
pub mod domain;
pub mod fetch;
pub mod http;
pub mod inbox_watch;
pub mod invitation_link;
pub mod mail;
pub mod metrics;
pub mod nonce;
#[cfg(feature = "oidc")]
pub mod oidc;
pub mod passwords;
pub mod random;
pub mod reading;
pub mod reject_link;
pub mod reply_token;
pub mod request_changes;
pub mod shapes;
pub mod signing;
pub mod store;
pub mod telemetry;
pub mod templates;
pub mod trust;
#[cfg(feature = "passkeys")]
pub mod webauthn;
pub mod webhook;
pub mod worker;
pub mod workflow;
