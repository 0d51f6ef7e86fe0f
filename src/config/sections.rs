//! The configuration as the rest of the program is given it: plain values, checked.

use crate::domain::domain_name::DomainName;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use lettre::Address;
use lettre::message::Mailbox;
use rustls::pki_types::CertificateDer;
use secrecy::SecretString;
use url::Url;

use super::window::Limit;
use crate::domain::language::Language;
use crate::domain::reminder::Reminder;
use crate::mail::dkim::Dkim;
use crate::mail::imap::ImapUrl;
use crate::mail::smtp::SmtpUrl;

/// `[server]`: where the daemon listens and how people reach it.
#[derive(Clone, Debug)]
pub struct Server {
    /// Portal, reject page and API.
    pub listen: SocketAddr,
    /// http or https, host and perhaps a port, nothing behind; see [`Server::origin`].
    pub public_url: Url,
    /// `/livez`, `/readyz` and `/metrics`; `None` puts them on `listen`.
    pub admin_listen: Option<SocketAddr>,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long running work may take to finish at a stop.
    pub shutdown_grace: Duration,
}

impl Server {
    /// The public URL without a slash at its end, to put a path behind; equals the `Origin`
    /// that browsers send (RFC 6454).
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether people reach the daemon over https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}

/// `[database]`.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`, perhaps with a password.
    pub url: SecretString,
}

/// `[keys]`.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The file of signing keys.
    pub file: PathBuf,
}

/// `[mail]`: the mails that go out.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The sender.
    pub from: Mailbox,
    /// The mailbox of answers without its token; `None` only where no replies are read.
    pub reply_to: Option<Address>,
    /// The mailbox of bounces without its `+b.TOKEN`: the one that was set, or `reply_to`.
    pub bounce_to: Option<Address>,
    /// How mails leave.
    pub transport: Transport,
    /// Templates that are used in place of built-in ones.
    pub template_dir: Option<PathBuf>,
    /// Whoever signs them, where that is not left to the mail server.
    pub dkim: Option<Dkim>,
}

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Over SMTP, to the server of `[smtp]`.
    Smtp,
    /// Into the development mailbox.
    Dev,
    /// Into this directory, one `.eml` for each mail.
    File(PathBuf),
}

/// `[smtp]`: the server that takes our mails.
#[derive(Clone, Debug)]
pub struct Smtp {
    /// Host, encryption and sign-in.
    pub url: SmtpUrl,
    /// How many connections are open at the same time.
    pub connections: usize,
    /// How long one answer of the server may take.
    pub timeout: Duration,
    /// Trusted beside the authorities of this machine.
    pub authorities: Vec<CertificateDer<'static>>,
    /// How one signs in, where not by a password in the URL.
    pub oauth: Option<Oauth>,
}

/// `smtp.oauth` or `inbox.oauth`: where the access tokens come from that open a mailbox.
#[derive(Clone, Debug)]
pub struct Oauth {
    /// The token server; https, or http on this machine.
    pub token_url: Url,
    /// Who we are there.
    pub client_id: String,
    /// Our password there; always set where there is no refresh token.
    pub client_secret: Option<SecretString>,
    /// What is asked for.
    pub scope: Option<String>,
    /// What a token is asked for with; without it, with the client's credentials alone.
    pub refresh_token: Option<SecretString>,
    /// The file for the newest one, where the token server hands out a new one each time.
    pub refresh_token_kept_in: Option<PathBuf>,
    /// Whose mailbox the tokens open.
    pub user: String,
}

/// What shows that a reply comes from its sender, wherever the reply came in.
#[derive(Clone, Debug)]
pub struct Replies {
    /// `inbox.require_auth`.
    pub require_auth: RequireAuth,
    /// `inbox.authserv_id`: whose Authentication-Results are believed. Where it is not set, or its
    /// server says nothing, DKIM and DMARC are checked here.
    pub authserv_id: Option<String>,
    /// `inbox.arc_sealers`: whose word is taken for what a mail was before they forwarded it.
    pub arc_sealers: Vec<DomainName>,
}

/// Which proof of its sender a reply needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireAuth {
    /// dmarc=pass for the domain of its From.
    Dmarc,
    /// The reply token alone, for closed networks.
    Token,
}

/// `[inbox]`: the mailbox that is read.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Host, encryption, sign-in and the folder answers arrive in.
    pub url: ImapUrl,
    /// What becomes of a mail that was read.
    pub after: AfterReading,
    /// The folder for mails that were read.
    pub processed: String,
    /// The folder for mails that could not be read.
    pub quarantine: String,
    /// How often the whole folder is looked through anew; `None` at every `poll`.
    pub idle_renew: Option<Duration>,
    /// How often to ask for mails that nothing announced, and whether the server is still there.
    pub poll: Duration,
    /// Trusted beside the authorities of this machine.
    pub authorities: Vec<CertificateDer<'static>>,
    /// How one signs in, where not by a password in the URL.
    pub oauth: Option<Oauth>,
}

/// What becomes of a mail that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterReading {
    /// It goes to the folder of read mails.
    Move,
    /// It stays, marked as seen.
    Flag,
    /// It is deleted.
    Delete,
}

/// `[requests]`: the life of an access request; `None` is a window switched off.
#[derive(Clone, Debug)]
pub struct Requests {
    /// After how long an open request expires.
    pub expires: Option<Duration>,
    /// When administrators are reminded of a request that nobody answered.
    pub reminder: Reminder,
    /// How many reminders go out at most.
    pub reminders_max: u32,
    /// How long a rejection can be undone.
    pub undo: Option<Duration>,
    /// How long a rejected address that asks again mails nobody.
    pub repeat_cooldown: Option<Duration>,
    /// Whether requesters get mails.
    pub notify_requester: bool,
}

/// `[reject]`: the page behind the red button.
#[derive(Clone, Debug)]
pub struct Reject {
    /// What confirms.
    pub confirm: Confirm,
    /// How long the page must have been shown; zero is switched off.
    pub min_dwell: Duration,
}

/// What confirms on the reject page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirm {
    /// The button alone.
    Button,
    /// A box that must be ticked first.
    Tick,
}

/// `[limits]`: what is mailed at most; `None` is no limit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// For one requester.
    pub per_requester: Option<Limit>,
    /// For one mail domain of requesters.
    pub per_domain: Option<Limit>,
    /// For one account.
    pub per_account: Option<Limit>,
    /// To one administrator.
    pub mails_per_administrator: Option<Limit>,
}

/// `[portal]`: the pages administrators sign in to.
#[derive(Clone, Debug)]
pub struct Portal {
    /// The name of the product in pages and mails.
    pub product_name: String,
    /// The language of people who have not chosen one.
    pub default_language: Language,
    /// After how long without use a session ends.
    pub session_idle: Duration,
    /// After how long a session ends, used or not.
    pub session_max: Duration,
    /// The least number of characters of a new password without a second factor.
    pub password_min_length: usize,
    /// Whether people can add a one-time code as a second factor. Whoever has one is asked for it
    /// in any case.
    pub totp: bool,
    /// Whether people can sign in with a passkey: only where the public URL has a name for its host.
    pub passkeys: bool,
    /// Where people can sign in instead of here, by name.
    pub identity_providers: Vec<IdentityProvider>,
}

/// `[portal.oidc.NAME]`: an identity provider of the company (OpenID Connect).
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// What the operator calls it; stands in paths of ours.
    pub name: String,
    /// Its address, letter by letter as it writes it itself.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// The password of that client.
    pub client_secret: SecretString,
    /// What people call it.
    pub label: String,
}

/// `[api]`: the interface for shipping systems.
#[derive(Clone, Debug)]
pub struct Api {
    /// Calls of one API key; `None` is no limit.
    pub rate_limit: Option<Limit>,
    /// How long an Idempotency-Key is remembered.
    pub idempotency_ttl: Duration,
}

/// `[webhooks]`.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// How long one call may take.
    pub timeout: Duration,
    /// Private networks that may be called nevertheless.
    pub allow_private: Vec<IpNet>,
    /// After how long without success an endpoint is switched off; `None` never.
    pub disable_after: Option<Duration>,
}

/// `[retention]`: how long things are kept.
#[derive(Clone, Debug)]
pub struct Retention {
    /// The event feed; `None` for ever.
    pub events: Option<Duration>,
}

/// `[log]`.
#[derive(Clone, Debug)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: &'static str,
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// For machines.
    Json,
}
