//! Ports for programs that cannot choose one themselves.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// A loopback address whose port nobody listens on at this moment.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}
