//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use super::Web;

/// The address of the client: the peer itself or, behind a proxy of ours, the last address in
/// `X-Forwarded-For` that is not one of our proxies. Where that cannot be read the peer stands for
/// it: what stands further left is the client's own word.
pub(super) fn of(web: &Web, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
    let trusted = &web.app.config.server.trusted_proxies;
    let is_ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer.ip();
    if !is_ours(&peer) {
        return peer;
    }
    headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(','))
        .map(|text| parse(text.trim()))
        .rfind(|address| address.is_none_or(|address| !is_ours(&address)))
        .flatten()
        .unwrap_or(peer)
}

/// Some proxies write the port behind the address.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok();
    address.or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}
