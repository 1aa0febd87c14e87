//! The addresses that may be asked: the rules for the address as it is written,
//! and for what its host leads to.

use super::{FetchError, FetchRules};
use ipnet::{Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use url::{Host, Url};

/// Longer addresses are not looked at; signed storage addresses are well under a thousand bytes.
pub(super) const MAX_URL_BYTES: usize = 4096;

/// An address that has passed everything that can be known without asking the network.
#[derive(Debug)]
pub(super) struct Target {
    /// The parsed address is what is sent to: nobody parses the text a second time, differently.
    pub(super) url: Url,
    pub(super) host: Host<String>,
    pub(super) port: u16,
    pub(super) reach: Reach,
}

/// The network addresses a target may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Public,
    /// The demo's servers on this machine.
    Loopback,
}

impl Reach {
    fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Public => is_public(address),
            Self::Loopback => address.is_loopback(),
        }
    }
}

/// Holds an address to the rules, without asking the network.
pub(super) fn check(url: &str, rules: &FetchRules) -> Result<Target, FetchError> {
    if url.len() > MAX_URL_BYTES {
        return Err(FetchError::BadAddress);
    }
    let url = Url::parse(url).map_err(|_| FetchError::BadAddress)?;
    let reach = match url.scheme() {
        "https" => Reach::Public,
        "http" if rules.allow_plain_http_loopback => Reach::Loopback,
        _ => return Err(FetchError::SchemeRefused),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(FetchError::BadAddress);
    }
    let host = url.host().ok_or(FetchError::BadAddress)?.to_owned();
    let port = url.port_or_known_default().ok_or(FetchError::BadAddress)?;
    if reach == Reach::Public && port != 443 {
        return Err(FetchError::PortRefused);
    }
    if !rules
        .hosts
        .iter()
        .any(|rule| rule_matches(rule, &host, port, reach))
    {
        return Err(FetchError::HostRefused);
    }
    Ok(Target {
        url,
        host,
        port,
        reach,
    })
}

/// True if an entry of the host list names this host. The entry is parsed as addresses are, so that
/// case and international names compare equal however they were typed.
fn rule_matches(rule: &str, host: &Host<String>, port: u16, reach: Reach) -> bool {
    let (name, rule_port) = split_port(rule);
    let default_port = if reach == Reach::Public { 443 } else { 80 };
    if rule_port.unwrap_or(default_port) != port {
        return false;
    }
    let (below, name) = match name.strip_prefix("*.") {
        Some(parent) => (true, parent),
        None => (false, name),
    };
    match (Host::parse(name), host) {
        (Ok(Host::Domain(parent)), Host::Domain(host)) if below => host
            .strip_suffix(&parent)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        (Ok(named), host) => !below && named == *host,
        (Err(_), _) => false,
    }
}

/// Splits `host:port`; the colons inside a bracketed IPv6 address belong to the host.
fn split_port(rule: &str) -> (&str, Option<u16>) {
    match rule.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (rule, None),
        },
        _ => (rule, None),
    }
}

/// Looks the host up, once. One forbidden address among many refuses them all: a name that leads
/// both outside and inside is an attack, not a mistake.
pub(super) async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, FetchError> {
    let addresses: Vec<SocketAddr> = match &target.host {
        Host::Ipv4(address) => vec![(*address, target.port).into()],
        Host::Ipv6(address) => vec![(*address, target.port).into()],
        Host::Domain(name) => tokio::net::lookup_host((name.as_str(), target.port))
            .await
            .map_err(|_| FetchError::HostNotFound)?
            .collect(),
    };
    if addresses.is_empty() {
        return Err(FetchError::HostNotFound);
    }
    if !addresses
        .iter()
        .all(|address| target.reach.allows(address.ip()))
    {
        return Err(FetchError::AddressRefused);
    }
    Ok(addresses)
}

/// IPv4 ranges that are not the open internet (IANA special-purpose registry).
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4(0, 0, 0, 0, 8),        // this network
    v4(10, 0, 0, 0, 8),       // private
    v4(100, 64, 0, 0, 10),    // carrier-grade NAT
    v4(127, 0, 0, 0, 8),      // loopback
    v4(168, 63, 129, 16, 32), // Azure's wire server: a public number, but answered by the host
    v4(169, 254, 0, 0, 16),   // link-local, where cloud metadata lives
    v4(172, 16, 0, 0, 12),    // private
    v4(192, 0, 0, 0, 24),     // protocol assignments
    v4(192, 0, 2, 0, 24),     // documentation
    v4(192, 88, 99, 0, 24),   // 6to4 relays
    v4(192, 168, 0, 0, 16),   // private
    v4(198, 18, 0, 0, 15),    // benchmarks
    v4(198, 51, 100, 0, 24),  // documentation
    v4(203, 0, 113, 0, 24),   // documentation
    v4(224, 0, 0, 0, 3),      // multicast, reserved, broadcast
];

/// The block that public IPv6 addresses are handed out of. Mapped, compatible and NAT64 addresses,
/// loopback, link-local, unique-local and multicast all lie outside it.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// The parts of [`GLOBAL_V6`] that are not the open internet.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0], 23),     // protocol assignments: Teredo, benchmarks, ORCHID
    v6([0x2001, 0xdb8], 32), // documentation
    v6([0x2002, 0], 16),     // 6to4: any IPv4 address in disguise
    v6([0x3fff, 0], 20),     // documentation
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(start: [u16; 2], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(start[0], start[1], 0, 0, 0, 0, 0, 0), prefix)
}

/// True if an address belongs to the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}
