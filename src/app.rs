//! What every entry point is given.

use std::sync::Arc;

use anyhow::Context;
use tokio::sync::Notify;

use crate::{
    clock::Clock, config::Config, inbox_watch::InboxWatch, mail::own_check::OwnCheck,
    mail::transport::Transport, metrics::Metrics, passwords::Passwords,
    request_changes::RequestChanges, signing::SharedKeys, store::Store, templates::Templates,
    webhook::Poster,
};

/// The daemon as a value: configuration, database, clock, keys and the way out for mails.
#[derive(Clone)]
pub struct App {
    /// The configuration, checked.
    pub config: Arc<Config>,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// The signing keys of links and reply addresses.
    pub keys: SharedKeys,
    /// Mails and pages.
    pub templates: Arc<Templates>,
    /// How mails leave.
    pub transport: Arc<Transport>,
    /// The check of who sent a mail, where our mail server says nothing about it.
    pub own_check: Arc<OwnCheck>,
    /// Password hashing, bounded.
    pub passwords: Arc<Passwords>,
    /// Whom passkeys are made for; `None` where none are offered.
    #[cfg(feature = "passkeys")]
    pub relying_party: Option<Arc<crate::webauthn::RelyingParty>>,
    /// The identity providers that people can sign in at.
    #[cfg(feature = "oidc")]
    pub providers: Arc<crate::oidc::Providers>,
    /// How the mailbox fares.
    pub inbox_watch: InboxWatch,
    /// How the endpoints of shipping systems are called.
    pub poster: Arc<Poster>,
    /// What was counted since the start.
    pub metrics: Arc<Metrics>,
    /// Rung when something was queued for an endpoint.
    pub webhooks_changed: Arc<Notify>,
    /// Rung when a message was queued.
    pub outbox_changed: Arc<Notify>,
    /// Rung for a request that was changed.
    pub request_changes: RequestChanges,
}

impl App {
    /// Opens the database (creating and migrating it), loads keys and templates.
    /// With `only_daemon` a second daemon on the same SQLite file is refused.
    pub async fn build(config: Config, clock: Clock, only_daemon: bool) -> anyhow::Result<Self> {
        use secrecy::ExposeSecret;

        let store = Store::open(config.database.url.expose_secret(), only_daemon).await?;
        let keys = SharedKeys::load(&config.keys.file, &config.server.origin())?;
        let templates = Templates::load_with(config.mail.template_dir.as_deref())
            .context("mail.template_dir")?;
        let transport = Transport::new(&config)?;
        Ok(Self {
            #[cfg(feature = "passkeys")]
            relying_party: crate::webauthn::RelyingParty::of(&config)?.map(Arc::new),
            #[cfg(feature = "oidc")]
            providers: Arc::new(crate::oidc::Providers::of(&config, &clock)),
            poster: Arc::new(Poster::of(&config.webhooks)),
            metrics: Arc::new(Metrics::new(clock.now())?),
            webhooks_changed: Arc::new(Notify::new()),
            config: Arc::new(config),
            store,
            clock,
            keys,
            templates: Arc::new(templates),
            transport: Arc::new(transport),
            own_check: Arc::new(OwnCheck::by_the_machine()),
            passwords: Arc::new(Passwords::new()),
            inbox_watch: InboxWatch::default(),
            outbox_changed: Arc::new(Notify::new()),
            request_changes: RequestChanges::default(),
        })
    }
}
