//! Addresses that lead inside, and answers that are no pictures.

use super::{address::MAX_URL_BYTES, *};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

fn public_rules(hosts: &[&str]) -> FetchRules {
    FetchRules::for_hosts(hosts.iter().map(|host| (*host).to_owned()).collect())
}

fn demo_rules(address: SocketAddr) -> FetchRules {
    FetchRules {
        allow_plain_http_loopback: true,
        ..public_rules(&[&address.to_string()])
    }
}

/// The outcome of a fetch of `url` before any connection is made.
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
