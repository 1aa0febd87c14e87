//! The network address a request came from, seen through trusted proxies only.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::IpAddr;

/// The address the request came from, seen through trusted proxies only.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddr(pub IpAddr);

/// The rightmost hop that is not a trusted proxy; what stands left of it is
/// the client's own invention.
pub fn client_addr(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(&ip.to_canonical()));
    if !is_trusted(&peer) {
        return peer;
    }
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        client = ip;
        if !is_trusted(&ip) {
            break;
        }
    }
    client
}

/// Who is counted for an address: an IPv6 customer has a whole /64, so that is
/// who counts, not the address.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::V6(segments.into())
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_as(peer: &str, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().expect("a header"));
        }
        let trusted = ["10.0.0.0/8".parse().expect("a network")];
        client_addr(peer.parse().expect("an address"), &headers, &trusted).to_string()
    }

    #[test]
    fn forwarding_headers_count_only_from_trusted_proxies() {
        assert_eq!(seen_as("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen_as("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            seen_as("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1"
        );
        assert_eq!(seen_as("10.0.0.1", "198.51.100.1, nonsense"), "10.0.0.1");
        assert_eq!(seen_as("10.0.0.1", ""), "10.0.0.1");
    }
}
