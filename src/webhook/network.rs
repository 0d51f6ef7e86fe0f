//! Where names lead, and the way there.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
};

use tokio::net::{TcpStream, lookup_host};

/// The network: the machine's, or one that a test has made up.
#[derive(Debug)]
pub enum Network {
    /// The machine's resolver and its routes.
    System,
    /// Names that lead where they are told, and nowhere else.
    Scripted(ScriptedNetwork),
}

/// A network that is made up. It writes down what it is asked.
#[derive(Debug, Default)]
pub struct ScriptedNetwork {
    names: HashMap<String, Vec<IpAddr>>,
    answered_by: Option<SocketAddr>,
    resolved: Mutex<Vec<String>>,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Network {
    /// The addresses of a name.
    pub(super) async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match self {
            Self::System => {
                let found = lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            }
            Self::Scripted(scripted) => {
                note(&scripted.resolved, name.to_owned());
                Ok(scripted.names.get(name).cloned().unwrap_or_default())
            }
        }
    }

    /// A connection to exactly this address.
    pub(super) async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        match self {
            Self::System => TcpStream::connect(address).await,
            Self::Scripted(scripted) => {
                note(&scripted.dialled, address);
                match scripted.answered_by {
                    Some(instead) => TcpStream::connect(instead).await,
                    None => Err(io::ErrorKind::ConnectionRefused.into()),
                }
            }
        }
    }
}

impl ScriptedNetwork {
    /// Names and where they lead; who answers in place of whatever is dialled, nobody without.
    pub fn new(names: HashMap<String, Vec<IpAddr>>, answered_by: Option<SocketAddr>) -> Self {
        Self {
            names,
            answered_by,
            ..Self::default()
        }
    }

    /// The names that were asked for, in order.
    pub fn resolved(&self) -> Vec<String> {
        noted(&self.resolved)
    }

    /// The addresses that were dialled, in order.
    pub fn dialled(&self) -> Vec<SocketAddr> {
        noted(&self.dialled)
    }
}

fn note<T>(notes: &Mutex<Vec<T>>, what: T) {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.push(what);
}

fn noted<T: Clone>(notes: &Mutex<Vec<T>>) -> Vec<T> {
    let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.clone()
}
