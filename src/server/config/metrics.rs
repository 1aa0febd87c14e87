//! Where the operator's own figures are served, apart from the site.

use super::Config;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// `[imgc.metrics]`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// The socket address of `/metrics`; `None`: nobody counts for it, nor serves it.
    pub listen: Option<SocketAddr>,
}

impl Config {
    /// Adds what keeps the figures from an address of their own.
    pub(super) fn metrics_problems(&self, problems: &mut Vec<String>) {
        let Some(listen) = self.imgc.metrics.listen else {
            return;
        };
        let mut others = vec![("the site's", self.leptos.site_addr)];
        if self.demo {
            others.push(("the demo's", self.demo_addr()));
        }
        for (whose, other) in others {
            if is_same(listen, other) {
                problems.push(format!(
                    "metrics.listen (or IMGC_METRICS_LISTEN): {listen} is {whose} address, \
                     {other}. Figures are served on one of their own, which visitors do not reach"
                ));
            }
        }
    }

    /// Says so where more than this machine and its own network may read the figures.
    pub(super) fn metrics_warning(&self) -> Option<String> {
        let listen = self.imgc.metrics.listen?;
        (!is_private(listen.ip())).then(|| {
            format!(
                "metrics.listen (or IMGC_METRICS_LISTEN): {listen} is no loopback or private \
                 address, and whoever reaches it reads the figures without being asked who they \
                 are. Name 127.0.0.1, or keep others out with a firewall"
            )
        })
    }
}

/// Whether both are one door: an address that stands for all of the machine's is
/// each of them.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let (this, that) = (one.ip().to_canonical(), other.ip().to_canonical());
    let is_any = this.is_unspecified() || that.is_unspecified();
    // Port 0 is whichever is free.
    one.port() == other.port() && one.port() != 0 && (this == that || is_any)
}

/// Whether an address is this machine's own, or of a network that is nobody else's.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            // What carriers and private networks over the internet give out.
            let is_shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            let is_any = ip == Ipv4Addr::UNSPECIFIED;
            !is_any && (ip.is_loopback() || ip.is_private() || ip.is_link_local() || is_shared)
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::ConfigError;

    fn config(site: &str, listen: &str) -> Result<Config, ConfigError> {
        Config::from_parts("", &|name| match name {
            "LEPTOS_SITE_ADDR" => Some(site.to_owned()),
            "IMGC_METRICS_LISTEN" => Some(listen.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn figures_have_an_address_of_their_own() {
        let site = "127.0.0.1:3000";
        assert_eq!(config(site, "").unwrap().imgc.metrics.listen, None);
        let apart = config(site, "127.0.0.1:9464").unwrap();
        assert!(apart.imgc.metrics.listen.is_some());
        // The site's, the same by other words, and the demo's.
        for taken in [site, "0.0.0.0:3000", "[::]:3000", "127.0.0.1:3001"] {
            let refused = config(site, taken).unwrap_err().to_string();
            assert!(refused.contains("IMGC_METRICS_LISTEN"), "{refused}");
        }
        assert!(config(site, "127.0.0.1").is_err(), "no port");
        assert!(config(site, "here:9464").is_err(), "no address");
    }

    #[test]
    fn an_address_that_others_may_reach_is_warned_of() {
        let site = "127.0.0.1:3000";
        let is_warned = |listen: &str| {
            let warnings = config(site, listen).unwrap().warnings();
            warnings.iter().any(|text| text.contains("metrics.listen"))
        };
        let private = ["127.0.0.1:1", "[::1]:1", "10.1.2.3:1", "192.168.1.1:1"];
        let also = [
            "172.31.0.1:1",
            "169.254.1.1:1",
            "100.64.0.1:1",
            "[fd00::1]:1",
        ];
        for listen in private.into_iter().chain(also) {
            assert!(!is_warned(listen), "{listen}");
        }
        let reached = ["0.0.0.0:1", "[::]:1", "203.0.113.5:1", "172.32.0.1:1"];
        for listen in reached
            .into_iter()
            .chain(["[2001:db8::1]:1", "100.128.0.1:1"])
        {
            assert!(is_warned(listen), "{listen}");
        }
    }
}
