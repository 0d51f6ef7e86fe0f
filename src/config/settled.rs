//! Every key with the value that holds, each checked for itself.

use crate::domain::domain_name::DomainName;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::SecretString;
use url::Url;

use super::fault::{Fault, Origin};
use super::keys::{Fallback, KEYS, Key};
use super::layers::{Given, Layers};
use super::value::{Raw, Value};
use super::window::Limit;
use crate::domain::reminder::Reminder;
use crate::mail::imap::ImapUrl;
use crate::mail::smtp::SmtpUrl;

/// The value and origin of each key that has one, and the faults found on the way.
pub(super) struct Settled {
    values: BTreeMap<String, (Value, Origin)>,
    given: BTreeSet<String>,
    sections: BTreeMap<String, Origin>,
    file: Option<PathBuf>,
    faults: Vec<Fault>,
    is_torn: bool,
}

impl Settled {
    /// Checks each key for itself: its kind, whether it is built, whether it must be set.
    pub(super) fn from_layers(layers: Layers) -> Self {
        let mut settled = Self {
            values: BTreeMap::new(),
            given: layers.given.keys().cloned().collect(),
            sections: layers.sections,
            file: layers.file,
            faults: layers.faults,
            is_torn: layers.is_torn,
        };
        for key in KEYS {
            match key.default {
                Fallback::Is(text) => {
                    let value = default_of(key, text);
                    settled
                        .values
                        .insert(key.path.to_owned(), (value, Origin::Default));
                }
                Fallback::Required(_) if !settled.is_given(key.path) => {
                    settled.missing(key.path, "");
                }
                Fallback::Required(_) | Fallback::None(_) => {}
            }
        }
        for (path, given) in layers.given {
            settled.settle(path, given);
        }
        settled
    }

    fn settle(&mut self, path: String, given: Given) {
        let Given { key, raw, origin } = given;
        let parsed = key.kind.parse(&raw);
        if !key.built {
            let is_default = match (&parsed, key.default) {
                (Ok(value), Fallback::Is(text)) => {
                    value.to_string() == default_of(key, text).to_string()
                }
                _ => false,
            };
            if !is_default {
                let message = format!("{path} is not built yet: leave it out");
                self.faults.push(Fault::at(&origin, message));
                return;
            }
        }
        match parsed {
            Ok(value) => {
                self.values.insert(path, (value, origin));
            }
            Err(expected) => {
                // A faulty value leaves nothing behind, not even the default: checks that
                // need it are skipped instead of complaining about a value nobody chose.
                self.values.remove(&path);
                let message = match key.kind.is_secret() {
                    true => format!("{path}: {expected}"),
                    false => format!("{path} is {}, {expected}", raw.quoted()),
                };
                self.faults.push(Fault::at(&origin, message));
            }
        }
    }

    /// Whether anybody set the key, rightly or wrongly.
    pub(super) fn is_given(&self, path: &str) -> bool {
        self.given.contains(path)
    }

    /// The names that stand directly below a path, of whatever anybody set, each once.
    pub(super) fn names_below(&self, path: &str) -> BTreeSet<String> {
        let within = format!("{path}.");
        let names = self.given.iter().filter_map(|path| {
            let (name, _) = path.strip_prefix(&within)?.split_once('.')?;
            Some(name.to_owned())
        });
        names.collect()
    }

    /// Whether a section is there: its header in the file, or any of its keys in any layer.
    pub(super) fn has_section(&self, section: &str) -> bool {
        let within = format!("{section}.");
        self.sections.contains_key(section)
            || self.given.iter().any(|path| path.starts_with(&within))
    }

    /// The shown form of a value, for a message about it.
    pub(super) fn shown(&self, path: &str) -> String {
        self.values
            .get(path)
            .map_or(String::new(), |(value, _)| value.to_toml())
    }

    /// Notes a fault of the value of a key.
    pub(super) fn wrong(&mut self, path: &str, problem: &str) {
        let shown = self.shown(path);
        let origin = self.origin(path);
        let message = format!("{path} is {shown}, {problem}");
        self.faults.push(Fault::at(&origin, message));
    }

    /// Notes that a key must be set; `reason` begins with a blank or is empty.
    pub(super) fn missing(&mut self, path: &str, reason: &str) {
        if self.is_torn {
            return; // It may well stand in the part of the file that could not be read.
        }
        let Some(key) = super::keys::find(path) else {
            return;
        };
        let (Fallback::Is(example) | Fallback::Required(example) | Fallback::None(example)) =
            key.default;
        let message = format!(
            "{path} is missing{reason}, expected a value such as {example:?} (or {})",
            key.variable()
        );
        let whole_file = || {
            let path = self.file.clone()?;
            Some(Origin::File { path, line: 0 })
        };
        let at = self
            .sections
            .get(key.section())
            .cloned()
            .or_else(whole_file);
        self.faults.push(Fault { at, message });
    }

    fn origin(&self, path: &str) -> Origin {
        self.values
            .get(path)
            .map_or(Origin::Default, |(_, origin)| origin.clone())
    }

    /// The values, where there is no fault; otherwise all faults in the order of their places.
    pub(super) fn finish(mut self) -> Result<BTreeMap<String, (Value, Origin)>, Vec<Fault>> {
        if self.faults.is_empty() {
            return Ok(self.values);
        }
        self.faults.sort_by_key(Fault::order);
        Err(self.faults)
    }
}

fn default_of(key: &Key, text: &str) -> Value {
    match key.kind.parse(&Raw::Text(text.to_owned())) {
        Ok(value) => value,
        Err(expected) => unreachable!("a test reads every default: {}, {expected}", key.path),
    }
}

/// Makes a reader for each type: the value of a key, `None` where it has none or a faulty one.
macro_rules! readers {
    ($($reader:ident: $variant:ident($type:ty);)+) => {
        impl Settled {
            $(pub(super) fn $reader(&self, path: &str) -> Option<$type> {
                match &self.values.get(path)?.0 {
                    Value::$variant(value, ..) => Some(value.clone()),
                    other => unreachable!("the table of keys has another kind for {path}: {other}"),
                }
            })+
        }
    };
}

readers! {
    text: Text(String);
    secret: Secret(SecretString);
    path: Path(PathBuf);
    listen: Listen(Option<SocketAddr>);
    networks: Networks(Vec<IpNet>);
    domains: Domains(Vec<DomainName>);
    url: Url(Url);
    smtp: Smtp(SmtpUrl);
    inbox: Inbox(ImapUrl);
    mailbox: Mailbox(Mailbox);
    address: Address(Address);
    duration: Duration(Duration);
    reminder: Reminder(Reminder);
    limit: Limit(Option<Limit>);
    number: Number(u32);
    flag: Flag(bool);
    choice: Choice(&'static str);
}

impl Settled {
    /// A duration that `0s` switches off.
    pub(super) fn window(&self, path: &str) -> Option<Option<Duration>> {
        let duration = self.duration(path)?;
        Some((!duration.is_zero()).then_some(duration))
    }
}
