//! Fetches a picture at an address that somebody else gave us: an identity provider's avatar, or
//! the result address of an image API that does not send the bytes.
//!
//! Such an address is a lever into our own network (server-side request forgery), so it is held to
//! a list of hosts, looked up once, and every answer of the lookup must be a public address; the
//! connection then goes to exactly those addresses and nowhere else: no redirects, no proxies, no
//! second lookup. Size and time are capped. What comes back is still just bytes from a stranger:
//! give them to `imgc_pictures::inspect`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::header::ACCEPT;
use url::{Host, Url};

/// The largest answer taken unless the rules say otherwise, in bytes (25 MiB).
pub const MAX_BYTES: usize = 25 * 1024 * 1024;

/// The longest a fetch may take unless the rules say otherwise, from lookup to last byte.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// Longer addresses are not looked at; signed storage addresses are well under a thousand bytes.
const MAX_URL_BYTES: usize = 4096;

/// What may be fetched, and how much of it.
#[derive(Clone, Debug)]
pub struct FetchRules {
    /// The hosts that may be asked: `example.com` is that host only, `*.example.com` any host below
    /// it but not itself. For the demo a port belongs to it: `127.0.0.1:4010`.
    pub hosts: Vec<String>,
    /// Also allows plain `http` to a listed host and port on this machine. Only for the demo.
    pub allow_plain_http_loopback: bool,
    /// The largest answer taken, in bytes.
    pub max_bytes: usize,
    /// The longest the whole fetch may take.
    pub deadline: Duration,
}

impl FetchRules {
    /// The rules for the open internet: `https` to these hosts, [`MAX_BYTES`], [`DEADLINE`].
    pub fn for_hosts(hosts: Vec<String>) -> Self {
        Self {
            hosts,
            allow_plain_http_loopback: false,
            max_bytes: MAX_BYTES,
            deadline: DEADLINE,
        }
    }
}

/// Why nothing was fetched. The texts never hold the address, which may be a signed secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not an absolute address, too long, or with a user name or password in it.
    #[error("the picture's address cannot be used")]
    BadAddress,
    /// Neither `https`, nor the demo's `http`.
    #[error("the picture's address is not an https address")]
    SchemeRefused,
    /// An `https` port other than 443.
    #[error("the picture's address has a port that is not allowed")]
    PortRefused,
    /// The host is not in [`FetchRules::hosts`].
    #[error("the picture's host is not on the list of allowed hosts")]
    HostRefused,
    /// The host leads to an address that is not public (or, in the demo, not this machine's).
    #[error("the picture's host leads to an address that is not allowed")]
    AddressRefused,
    /// The host has no address.
    #[error("the picture's host was not found")]
    HostNotFound,
    /// The host answered with a redirect; it is never followed.
    #[error("the picture's host sent us elsewhere")]
    Redirected,
    /// The host answered with this status instead of 200.
    #[error("the picture's host answered with status {0}")]
    Status(u16),
    /// The answer is larger than [`FetchRules::max_bytes`].
    #[error("the picture is too large a file")]
    TooLarge,
    /// The fetch took longer than [`FetchRules::deadline`].
    #[error("the picture's host took too long")]
    TooSlow,
    /// The connection could not be made, or broke.
    #[error("the connection to the picture's host failed")]
    Connection,
}

/// Fetches the bytes at `url` under `rules`.
///
/// # Errors
/// Everything in [`FetchError`]. The bytes are not looked at.
pub async fn fetch_picture(url: &str, rules: &FetchRules) -> Result<Bytes, FetchError> {
    let target = check(url, rules)?;
    let work = async {
        let addresses = resolve(&target).await?;
        download(&target, &addresses, rules.max_bytes).await
    };
    tokio::time::timeout(rules.deadline, work)
        .await
        .unwrap_or(Err(FetchError::TooSlow))
}

/// An address that has passed everything that can be known without asking the network.
#[derive(Debug)]
struct Target {
    /// The parsed address is what is sent to: nobody parses the text a second time, differently.
    url: Url,
    host: Host<String>,
    port: u16,
    reach: Reach,
}

/// Which addresses a target may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
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

fn check(url: &str, rules: &FetchRules) -> Result<Target, FetchError> {
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

/// Whether an entry of the host list names this host. The entry is parsed as addresses are, so that
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
async fn resolve(target: &Target) -> Result<Vec<SocketAddr>, FetchError> {
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

/// Asks for the picture at the checked addresses and reads at most `max_bytes`.
async fn download(
    target: &Target,
    addresses: &[SocketAddr],
    max_bytes: usize,
) -> Result<Bytes, FetchError> {
    let client = client(target, addresses).map_err(connection)?;
    let request = client
        .get(target.url.clone())
        .header(ACCEPT, "image/png,image/jpeg,image/webp");
    let mut response = request.send().await.map_err(connection)?;
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirected);
    }
    if status != reqwest::StatusCode::OK {
        return Err(FetchError::Status(status.as_u16()));
    }
    // What the host says of the length can save the trouble, but only the count is believed.
    if response
        .content_length()
        .is_some_and(|length| length > max_bytes as u64)
    {
        return Err(FetchError::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(connection)? {
        if chunk.len() > max_bytes - body.len() {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// A client for this one request: the host's name is pinned to the addresses that were checked.
///
/// Cookies are off unless turned on. Decompression is turned off by name, because another crate may
/// have switched the feature on, and a bomb would then grow between the wire and the count.
fn client(target: &Target, addresses: &[SocketAddr]) -> reqwest::Result<reqwest::Client> {
    super::tls::install();
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .https_only(target.reach == Reach::Public)
        .pool_max_idle_per_host(0)
        .user_agent("imgc");
    if let Host::Domain(name) = &target.host {
        builder = builder.resolve_to_addrs(name, addresses);
    }
    builder.build()
}

/// Notes what broke, without the address, and says only that it broke.
fn connection(error: reqwest::Error) -> FetchError {
    tracing::debug!(error = %error.without_url(), "a picture could not be fetched");
    FetchError::Connection
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

/// Where public IPv6 addresses are handed out. Mapped, compatible and NAT64 addresses, loopback,
/// link-local, unique-local and multicast all lie outside it.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0], 3);

/// What inside [`GLOBAL_V6`] is not the open internet.
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

/// Whether an address belongs to the open internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|net| net.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn public_rules(hosts: &[&str]) -> FetchRules {
        FetchRules::for_hosts(hosts.iter().map(|host| (*host).to_owned()).collect())
    }

    fn demo_rules(address: SocketAddr) -> FetchRules {
        FetchRules {
            allow_plain_http_loopback: true,
            ..public_rules(&[&address.to_string()])
        }
    }

    /// What a fetch of `url` comes to before any connection is made.
    async fn verdict(url: &str, rules: &FetchRules) -> Result<(), FetchError> {
        resolve(&check(url, rules)?).await.map(|_| ())
    }

    #[test]
    fn hosts_are_compared_whole() {
        use FetchError::{BadAddress, HostRefused, PortRefused, SchemeRefused};
        let rules = public_rules(&["good.example", "*.wild.example", "b\u{fc}cher.example"]);
        let allowed = "https://good.example/a.png https://good.example:443/a.png
            HTTPS://GOOD.Example/a.png https://good%2eexample/a.png https://a.wild.example/
            https://a.b.wild.example/ https://b\u{fc}cher.example/ https://xn--bcher-kva.EXAMPLE/";
        let other_hosts = "https://wild.example/ https://evilwild.example/
            https://a.wild.example.evil.example/ https://sub.good.example/ https://good.example./
            https://a.wild.example./ https://good.example.evil.example/ https://.wild.example/
            https://evil.example/good.example https://evil.example#@good.example/
            https://evil.example?@good.example/ https://evil.example\\@good.example/
            https://go\u{f6}d.example/";
        let no_addresses = "https://good.example@127.0.0.1/ https://good.example:x@127.0.0.1/
            https://user@good.example/ https://:secret@good.example/ //good.example/ https://
            https://good.example:99999/ good.example";
        let other_ports = "https://good.example:8443/ https://good.example:80/";
        let other_schemes = "http://good.example/ http://good.example:443/ ftp://good.example/
            file:///etc/passwd data:image/png;base64,AAAA";
        let table = [
            (allowed, None),
            (other_hosts, Some(HostRefused)),
            (no_addresses, Some(BadAddress)),
            (other_ports, Some(PortRefused)),
            (other_schemes, Some(SchemeRefused)),
        ];
        for (urls, refusal) in table {
            for url in urls.split_whitespace() {
                assert_eq!(check(url, &rules).err(), refusal, "{url}");
            }
        }
        assert_eq!(check("", &rules).err(), Some(BadAddress));
        let long = format!("https://good.example/{}", "a".repeat(MAX_URL_BYTES));
        assert_eq!(check(&long, &rules).err(), Some(BadAddress));
    }

    #[test]
    fn careless_list_entries_open_nothing() {
        let rules = public_rules(&[
            "*",
            "*.",
            "",
            ".",
            "*.*",
            "https://a.example",
            "*.127.0.0.1",
        ]);
        for url in ["https://a.example/", "https://com/", "https://127.0.0.1/"] {
            assert_eq!(
                check(url, &rules).err(),
                Some(FetchError::HostRefused),
                "{url}"
            );
        }
    }

    #[tokio::test]
    async fn disguised_private_addresses_are_refused() {
        let hosts = "
            [::ffff:a9fe:a9fe] [::ffff:7f00:1] [::ffff:127.0.0.1] [::7f00:1] [::] [::1]
            [64:ff9b::7f00:1] [64:ff9b:1::1] [2002:7f00:1::] [2001::1] [2001:db8::1]
            [3fff::1] [fc00::1] [fd00:ec2::254] [fe80::1] [fec0::1] [ff02::1] [100::1]
            [5f00::1] 0.0.0.0 0 127.0.0.1 127.1 2130706433 0x7f.1 0x7f000001 017700000001
            0177.0.0.1 127.0.0.1. 10.0.0.1 100.64.0.1 100.127.255.255 168.63.129.16
            169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1
            192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1
            239.255.255.255 240.0.0.1 255.255.255.255 \u{ff11}\u{ff12}\u{ff17}.0.0.1";
        for host in hosts.split_whitespace() {
            let url = format!("https://{host}/a.png");
            let unlisted = verdict(&url, &public_rules(&["good.example"])).await;
            assert_eq!(unlisted, Err(FetchError::HostRefused), "{host}");
            // Even a list that names the address does not open it, nor does the demo flag.
            let mut listed = public_rules(&[host]);
            listed.allow_plain_http_loopback = true;
            assert_eq!(
                verdict(&url, &listed).await,
                Err(FetchError::AddressRefused),
                "{host}"
            );
        }
        for public in [
            "93.184.216.34",
            "[2606:2800:220:1::1]",
            "172.32.0.1",
            "100.128.0.1",
        ] {
            let url = format!("https://{public}/");
            assert_eq!(
                verdict(&url, &public_rules(&[public])).await,
                Ok(()),
                "{public}"
            );
        }
        let localhost = verdict("https://localhost/", &public_rules(&["localhost"])).await;
        assert_eq!(localhost, Err(FetchError::AddressRefused));
    }

    #[tokio::test]
    async fn the_demo_reaches_listed_loopback_ports_only() {
        use FetchError::{AddressRefused, HostRefused};
        let hosts = [
            "127.0.0.1:4010",
            "[::1]:4010",
            "localhost:4010",
            "10.0.0.1:4010",
            "::1",
        ];
        let mut rules = public_rules(&hosts);
        rules.allow_plain_http_loopback = true;
        let table = [
            ("http://127.0.0.1:4010/a.png", Ok(())),
            ("http://[::1]:4010/a.png", Ok(())),
            ("http://localhost:4010/a.png", Ok(())),
            ("http://127.0.0.1:4011/", Err(HostRefused)),
            ("http://127.0.0.1/", Err(HostRefused)),
            ("http://127.0.0.2:4010/", Err(HostRefused)),
            ("http://10.0.0.1:4010/", Err(AddressRefused)),
        ];
        for (url, expected) in table {
            assert_eq!(verdict(url, &rules).await, expected, "{url}");
        }
        rules.allow_plain_http_loopback = false;
        let refused = verdict("http://127.0.0.1:4010/a.png", &rules).await;
        assert_eq!(refused, Err(FetchError::SchemeRefused));
    }

    /// A server for one connection: sends `head`, then `piece` again and again with pauses.
    /// Resolves to the request it was sent.
    async fn serve(
        head: &'static str,
        piece: Vec<u8>,
        times: usize,
        pause: Duration,
    ) -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.expect("a connection");
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(socket.read_u8().await.expect("a whole request"));
            }
            let mut open = socket.write_all(head.as_bytes()).await.is_ok();
            for _ in 0..times {
                tokio::time::sleep(pause).await;
                open = open && socket.write_all(&piece).await.is_ok();
            }
            String::from_utf8_lossy(&request).to_ascii_lowercase()
        });
        (address, task)
    }

    const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn fetches_from_loopback_and_tells_nothing_of_us() {
        let (address, server) = serve(OK, b"picture".to_vec(), 3, Duration::ZERO).await;
        let url = format!("http://{address}/a.png?sig=1#part");
        let bytes = fetch_picture(&url, &demo_rules(address))
            .await
            .expect("the bytes");
        assert_eq!(&bytes[..], b"picturepicturepicture");
        let request = server.await.expect("the request");
        assert!(
            request.starts_with("get /a.png?sig=1 http/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("accept: image/png,image/jpeg,image/webp\r\n"));
        for header in ["cookie", "referer", "authorization", "accept-encoding"] {
            assert!(!request.contains(&format!("{header}:")), "{request}");
        }
    }

    #[tokio::test]
    async fn connects_to_the_pinned_address_and_asks_no_resolver_again() {
        let (address, _server) = serve(OK, b"pinned".to_vec(), 1, Duration::ZERO).await;
        let url = Url::parse(&format!("http://rebound.invalid:{}/", address.port()));
        let url = url.expect("an address");
        let host = Host::Domain("rebound.invalid".to_owned());
        let target = Target {
            url,
            host,
            port: address.port(),
            reach: Reach::Loopback,
        };
        let bytes = download(&target, &[address], 100).await.expect("the bytes");
        assert_eq!(&bytes[..], b"pinned");
    }

    #[tokio::test]
    async fn other_answers_than_a_picture_are_refused() {
        let redirect = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n";
        let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let long = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        let short = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nonly";
        let table = [
            (redirect, FetchError::Redirected),
            (missing, FetchError::Status(404)),
            (long, FetchError::TooLarge),
            (short, FetchError::Connection),
            ("garbage\r\n\r\n", FetchError::Connection),
        ];
        for (head, expected) in table {
            let (address, _server) = serve(head, Vec::new(), 0, Duration::ZERO).await;
            let url = format!("http://{address}/secret");
            let error = fetch_picture(&url, &demo_rules(address))
                .await
                .expect_err("no picture");
            assert_eq!(error, expected);
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[tokio::test]
    async fn an_oversize_answer_is_cut_while_it_streams() {
        let (address, _server) = serve(OK, vec![0; 1000], 100, Duration::from_millis(1)).await;
        let rules = FetchRules {
            max_bytes: 10_000,
            ..demo_rules(address)
        };
        let url = format!("http://{address}/");
        assert_eq!(fetch_picture(&url, &rules).await, Err(FetchError::TooLarge));
    }

    #[tokio::test]
    async fn a_dripping_answer_ends_at_the_deadline() {
        let (address, _server) = serve(OK, vec![0], 1000, Duration::from_millis(10)).await;
        let rules = FetchRules {
            deadline: Duration::from_millis(200),
            ..demo_rules(address)
        };
        let started = std::time::Instant::now();
        let url = format!("http://{address}/");
        assert_eq!(fetch_picture(&url, &rules).await, Err(FetchError::TooSlow));
        assert!(started.elapsed() < Duration::from_secs(2));
    }
}
