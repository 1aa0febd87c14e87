//! Network addresses that have been kept whole for long enough become networks.

use crate::{
    model::retention::RetentionRule,
    server::AppState,
    store::{DbError, retention},
};
use std::net::IpAddr;

/// Shortens those that are due; how many.
pub(super) async fn shorten_addresses(state: &AppState, now_ms: i64) -> Result<u64, DbError> {
    let before_ms = now_ms - RetentionRule::Addresses.kept_ms();
    let mut shortened = 0;
    loop {
        let whole = retention::whole_addresses(&state.db, before_ms).await?;
        if whole.is_empty() {
            return Ok(shortened);
        }
        let networks: Vec<(String, String)> = whole
            .into_iter()
            .map(|(id, address)| (id, network_of(&address)))
            .collect();
        shortened += retention::shorten(&state.db, &networks).await?;
    }
}

/// The network an address is in: the first 24 bits of IPv4, 48 of IPv6.
fn network_of(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(ip)) => {
            let mut segments = ip.segments();
            segments[3..].fill(0);
            format!("{}/48", std::net::Ipv6Addr::from(segments))
        }
        // No address at all tells nothing that must go.
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::network_of;

    #[test]
    fn a_shortened_address_tells_the_network_and_no_more() {
        assert_eq!(network_of("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(network_of("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
        assert_eq!(network_of("nonsense"), "");
    }
}
