//! The configuration: read once at start, checked as a whole, all faults named together.
//!
//! Layers, the last one wins: defaults, the file, `ESECURED_SECTION__KEY`,
//! `ESECURED_SECTION__KEY_FILE`, systemd credentials, `--set`. What can be set
//! stands in one table, `config/keys.rs`; `config/esecured.toml` is made from it.
//!
//! Code is *given* its section. Nothing but [`Sources::from_process`] reads the
//! environment.

mod addresses;
mod assemble;
mod fault;
mod file;
mod keys;
mod kind;
mod layers;
mod mail_servers;
mod mail_signature;
mod reference;
mod sections;
mod settled;
mod show;
mod sign_in_elsewhere;
mod suggestion;
#[cfg(test)]
mod tests;
mod value;
mod window;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use ipnet::IpNet;

pub use addresses::is_loopback;
pub use fault::{Fault, Origin};
pub use layers::Sources;
pub use sections::{
    AfterReading, Api, Confirm, Database, IdentityProvider, Inbox, Keys, Limits, Log, LogFormat,
    Mail, Oauth, Portal, Reject, Replies, Requests, RequireAuth, Retention, Server, Smtp,
    Transport, Webhooks,
};
pub use window::Limit;

use layers::Layers;
use settled::Settled;
use value::Value;

/// A configuration without faults.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[keys]`
    pub keys: Keys,
    /// `[mail]`
    pub mail: Mail,
    /// `[smtp]`; set where `mail.transport` is [`Transport::Smtp`].
    pub smtp: Option<Smtp>,
    /// How far replies are believed: a part of `[inbox]` that holds for the development
    /// mailbox and `mail ingest` too.
    pub replies: Replies,
    /// `[inbox]`; `None` when no mailbox is read.
    pub inbox: Option<Inbox>,
    /// `[requests]`
    pub requests: Requests,
    /// `[reject]`
    pub reject: Reject,
    /// `[limits]`
    pub limits: Limits,
    /// `[portal]`
    pub portal: Portal,
    /// `[api]`
    pub api: Api,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[retention]`
    pub retention: Retention,
    /// `[log]`
    pub log: Log,
}

/// A configuration together with where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Where the value of each key came from, by its path; keys without a value are not in it.
    pub origins: BTreeMap<String, Origin>,
    /// What is allowed but probably not meant, in sentences for the operator.
    pub warnings: Vec<String>,
    values: BTreeMap<String, (Value, Origin)>,
}

impl Config {
    /// Reads and checks all layers.
    ///
    /// # Errors
    /// Every fault there is, in the order of file and layers.
    pub fn load(sources: &Sources) -> Result<Loaded, Vec<Fault>> {
        let layers = Layers::read(sources);
        let file = layers.file.clone();
        let mut settled = Settled::from_layers(layers);
        let config = assemble::config(&mut settled);
        let values = settled.finish()?;
        let Some(config) = config else {
            unreachable!("a section is left out only with a fault that says why");
        };
        let mut warnings = warnings(&config, &values);
        warnings.extend(file.and_then(|file| readable_by_everybody(&file, &values)));
        Ok(Loaded {
            config,
            origins: values
                .iter()
                .map(|(path, (_, origin))| (path.clone(), origin.clone()))
                .collect(),
            warnings,
            values,
        })
    }

    /// The configuration of `demo`: everything embedded, on one port, mails in the development
    /// mailbox, database and keys in `dir`.
    ///
    /// `listen` must be the address that is really listened on, because links begin with it.
    ///
    /// # Errors
    /// `listen` is not on loopback: the development mailbox shows every mail to everybody.
    pub fn demo(listen: SocketAddr, dir: &Path) -> Result<Self, Vec<Fault>> {
        if !listen.ip().is_loopback() {
            let message = format!(
                "--listen is {listen}, expected an address of this machine alone such as \
                 127.0.0.1:8080, because the mailbox of the demo shows every mail"
            );
            return Err(vec![Fault { at: None, message }]);
        }
        let set = demo_settings(listen);
        let mut config = Self::load(&Sources {
            set: set.map(|(path, value)| format!("{path}={value}")).to_vec(),
            ..Sources::default()
        })?
        .config;
        // Set as values, because the name of a directory may be no text.
        let database = dir.join("esecured.db");
        config.database.url = format!("sqlite:{}", database.display()).into();
        config.keys.file = dir.join("esecured.keys");
        // Whoever tries webhooks here does so with a program on the same machine.
        config.webhooks.allow_private = DEMO_NETWORKS.map(IpNet::from).to_vec();
        Ok(config)
    }
}

impl Loaded {
    /// Every key and its value on a line of its own, secrets as `***`: TOML, or JSON Lines
    /// (`{"key", "value", "origin"}`); with its origin when asked for.
    pub fn show(&self, origin: bool, json: bool) -> String {
        show::render(&self.values, origin, json)
    }
}

/// Where the endpoints of a demo may be: on loopback.
const DEMO_NETWORKS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// What a demo sets, beside the places of its files.
fn demo_settings(listen: SocketAddr) -> [(&'static str, String); 7] {
    [
        ("server.listen", listen.to_string()),
        ("server.public_url", format!("http://{listen}")),
        ("server.admin_listen", "off".to_owned()),
        ("mail.from", "eSecure <esecure@example.com>".to_owned()),
        ("mail.reply_to", "reply@example.com".to_owned()),
        ("mail.transport", "dev".to_owned()),
        ("inbox.require_auth", "token".to_owned()),
    ]
}

/// The same as [`Config::demo`] for a file, with which other commands look at a running demo.
pub fn demo_file(listen: SocketAddr, dir: &Path) -> String {
    let mut set = demo_settings(listen).to_vec();
    let database = dir.join("esecured.db");
    set.push(("database.url", format!("sqlite:{}", database.display())));
    let keys = dir.join("esecured.keys");
    set.push(("keys.file", keys.display().to_string()));
    let networks = DEMO_NETWORKS.map(|address| format!("\"{address}\""));
    set.push((
        "webhooks.allow_private",
        format!("[{}]", networks.join(", ")),
    ));
    reference::render(&set)
}

/// The text of `config/esecured.toml`: every key with sentence, default and variable.
pub fn reference() -> String {
    reference::render(&[])
}

/// The same with some keys set, as `init` writes it: pairs of path and value.
pub fn reference_with(set: &[(&str, String)]) -> String {
    reference::render(set)
}

fn warnings(config: &Config, values: &BTreeMap<String, (Value, Origin)>) -> Vec<String> {
    let mut warnings = Vec::new();
    let sets_inbox = values
        .iter()
        .any(|(path, (_, origin))| path.starts_with("inbox.") && *origin != Origin::Default);
    if sets_inbox && config.inbox.is_none() && config.mail.transport != Transport::Dev {
        warnings.push(
            "inbox.url is not set: no mailbox is read, replies come in through `mail ingest` alone"
                .to_owned(),
        );
    }
    if config.server.is_https() && config.server.trusted_proxies.is_empty() {
        warnings.push(
            "server.public_url is https, so a proxy stands in front, but server.trusted_proxies is \
             empty: everybody seems to come from that proxy, and one who guesses passwords slows \
             down all. Name the proxy there, such as [\"127.0.0.1\"]"
                .to_owned(),
        );
    }
    warnings.extend(mail_signature::warning(&config.mail));
    let asks_for_passkeys = values
        .get("portal.passkeys")
        .is_some_and(|(value, origin)| {
            *origin != Origin::Default && matches!(value, Value::Flag(true))
        });
    if asks_for_passkeys && !config.portal.passkeys {
        warnings.push(
            "portal.passkeys is true, but no passkey is made for an IP address: give \
             server.public_url a name for its host"
                .to_owned(),
        );
    }
    warnings
}

fn readable_by_everybody(
    file: &Path,
    values: &BTreeMap<String, (Value, Origin)>,
) -> Option<String> {
    let secrets: Vec<&str> = values
        .iter()
        .filter(|(_, (value, origin))| {
            matches!(origin, Origin::File { .. }) && value.holds_secret()
        })
        .map(|(path, _)| path.as_str())
        .collect();
    let mode = std::fs::metadata(file).ok()?.permissions().mode();
    (!secrets.is_empty() && mode & 0o004 != 0).then(|| {
        format!(
            "{} holds a password ({}) and can be read by everybody: chmod o-rwx it",
            file.display(),
            secrets.join(", ")
        )
    })
}
