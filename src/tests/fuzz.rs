//! Thousands of requests that make no sense, or nearly some: the server answers
//! each with what the caller did wrong, never with a failure of its own, and
//! goes on working. The same seed makes the same requests.

use crate::{
    answers::{built_site, lacking},
    harness::{PATIENCE, Server},
};
use futures::{StreamExt, stream};
use imgc::{
    i18n::LANGUAGES,
    routes::{self, Route},
    wire,
};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Requests under way at the same time.
const AT_ONCE: usize = 8;

/// xorshift64: the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            dice.roll(2);
        }
        dice
    }

    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }
}

/// What the requests are about.
struct World {
    host: String,
    addresses: Vec<String>,
    functions: Vec<(String, String)>,
    values: Vec<String>,
    cookies: Vec<String>,
}

const FIELDS: [&str; 44] = [
    "id",
    "ids[]",
    "ids[0]",
    "ids",
    "action",
    "name",
    "lang",
    "request_key",
    "age",
    "cursor",
    "done",
    "said",
    "query",
    "q",
    "from",
    "to",
    "tag",
    "model",
    "shape",
    "sort",
    "shown",
    "trash",
    "collection",
    "next",
    "state",
    "code",
    "iss",
    "error",
    "about",
    "details",
    "email",
    "decision",
    "reason",
    "handle",
    "confirm",
    "language",
    "files[]",
    "mask_file",
    "change",
    "draft[prompt]",
    "draft[count]",
    "draft[size]",
    "draft",
    "draft[references]",
];

const METHODS: [&str; 14] = [
    "GET", "GET", "GET", "GET", "POST", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS",
    "PATCH", "TRACE",
];

const ACCEPTS: [&[u8]; 9] = [
    b"*/*",
    b"text/html",
    b"text/html,application/xhtml+xml",
    b"application/json",
    wire::CONTENT_TYPE.as_bytes(),
    b"text/event-stream",
    b"",
    b"\xff\xfe;q=x",
    b"text/html;q=,,,;;",
];

const KINDS: [&str; 10] = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/json",
    "application/postcard",
    "application/octet-stream",
    "multipart/form-data; boundary=cut",
    "multipart/form-data",
    "text/plain",
    "x/\"",
];

/// Headers with values that are odd, and allowed in HTTP.
const ODD: [(&str, &[u8]); 20] = [
    ("range", b"bytes=999999999999-"),
    ("range", b"bytes=-0"),
    ("range", b"lines=1,2,3--"),
    ("if-none-match", b"*"),
    ("if-none-match", b"W/\"\xff\""),
    ("if-modified-since", b"yesterday"),
    ("if-modified-since", b"Fri, 01 Jan 2100 00:00:00 GMT"),
    ("if-unmodified-since", b"Thu, 01 Jan 1970 00:00:00 GMT"),
    ("accept-language", b"fr;q=9999, \xff, *"),
    ("accept-encoding", b"gzip;q=nan, br;q=-1, \xfe"),
    ("accept-encoding", b"gzip"),
    ("content-encoding", b"gzip"),
    ("referer", b"http://[::1"),
    ("referer", b"\xff\xfe"),
    ("referer", b"/fr/create?error=%00&__err=AAAA"),
    ("x-forwarded-for", b"999.1.1.1, \xff"),
    ("x-forwarded-proto", b"gopher"),
    ("user-agent", b"\x80\x81"),
    ("last-event-id", b"-1"),
    ("upgrade", b"websocket"),
];

impl World {
    fn of(server: &Server, person: &str, admin: &str, picture: &str, job: &str) -> World {
        let long = "a".repeat(300);
        let ids = [
            picture,
            job,
            "none",
            "%00",
            "%ff%fe",
            &long,
            "%2e%2e%2f",
            "-1",
            "%F0%9F%A6%8A",
        ];
        let mut addresses: Vec<String> = Vec::new();
        for id in ids {
            for (locale, _) in LANGUAGES {
                addresses.extend(Route::every(id).map(|page| page.address(locale)));
            }
            addresses.extend([
                routes::job_events(id),
                routes::job_partial(id, "0"),
                routes::job_partial(id, id),
                routes::uploaded(id, "small.webp"),
                routes::uploaded(id, id),
                routes::media(id, "320.webp"),
                routes::media(id, "card.jpeg"),
                routes::media(id, id),
                routes::file(id, "original.png"),
                routes::file(id, "99999999999999999999.webp"),
                routes::avatar(id),
                format!("/pkg/{id}"),
                format!("/{id}"),
            ]);
        }
        addresses.extend(
            [
                routes::SIGN_IN_START,
                routes::SIGN_IN_CALLBACK,
                routes::SECURITY_EVENTS,
                routes::JOBS_EVENTS,
                routes::LIBRARY_ZIP,
                routes::ACCOUNT_EXPORT,
                routes::UPLOADS,
                routes::EDITS,
                routes::SHARE,
                "/robots.txt",
                "/sitemap.xml",
                "/sitemaps/0.xml",
                "/healthz",
                "/readyz",
                "/favicon.svg",
                "/api/none",
                "/api/",
                "//",
                "/%2f%2fevil.example/",
                "/pkg/..%2f..%2fCargo.toml",
                "/%zz%",
                "/*",
                "*",
                "evil.example:443",
            ]
            .map(str::to_owned),
        );
        let functions = leptos::server_fn::axum::server_fn_paths();
        let mut values: Vec<String> = [
            "",
            "1",
            "on",
            "x",
            "en",
            "fr",
            "trash",
            "publish",
            "erase",
            "%00",
            "%ff%fe",
            "-1",
            "0",
            "NaN",
            "1e999",
            "99999999999999999999999",
            "-9223372036854775809",
            "true",
            "null",
            "[]",
            "{}",
            "../../etc/passwd",
            "%2e%2e%2f",
            "%27%20OR%201=1--",
            "%22*",
            "%F0%9F%A6%8A",
            "%E2%80%AE",
            "9999-99-99",
            "2026-02-30",
            "1024x1024",
            "4294967296x4294967296",
            "%3Cscript%3E",
            "a+b",
            "%zz",
            "http://[::1",
            "/%09/evil.example",
            "9223372036854775807-01930000-0000-7000-8000-000000000000",
        ]
        .map(str::to_owned)
        .to_vec();
        values.extend([picture.to_owned(), job.to_owned(), long.clone()]);
        values.push("word%20".repeat(400));
        values.push("%22".repeat(2000));
        let cookies = [
            String::new(),
            format!("imgc={person}"),
            format!("imgc={person}"),
            format!("imgc={admin}"),
            format!("imgc={}", "x".repeat(50)),
            format!("imgc-sign-in={}", "x".repeat(43)),
            "imgc=; imgc-sign-in=;;=;".to_owned(),
        ];
        World {
            host: server.base.trim_start_matches("http://").to_owned(),
            addresses,
            functions: functions
                .map(|(path, method)| (path.to_owned(), method.to_string()))
                .collect(),
            values,
            cookies: Vec::from(cookies),
        }
    }

    fn pairs(&self, dice: &mut Dice) -> String {
        let mut pairs = Vec::new();
        for _ in 0..dice.roll(6) {
            let (name, value) = (dice.one_of(&FIELDS), dice.one_of(&self.values));
            pairs.push(format!("{name}={value}"));
        }
        if dice.once_in(20) {
            pairs.push(format!("draft{}=1", "[a]".repeat(200)));
        }
        pairs.join("&")
    }

    fn body(&self, dice: &mut Dice) -> Vec<u8> {
        match dice.roll(8) {
            0 => Vec::new(),
            1 => (0..dice.roll(400)).map(|_| dice.roll(256) as u8).collect(),
            2 => "[".repeat(2000).into_bytes(),
            3 => format!(
                "{{\"id\":\"{}\",\"draft\":-1e400}}",
                dice.one_of(&self.values)
            )
            .into_bytes(),
            4 => {
                let (name, value) = (dice.one_of(&FIELDS), dice.one_of(&self.values));
                let end = dice.one_of(&["--cut--\r\n", "--cut", ""]);
                format!(
                    "--cut\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\
                     \r\n\r\n{value}\r\n{end}"
                )
                .into_bytes()
            }
            _ => self.pairs(dice).into_bytes(),
        }
    }

    /// The bytes of a request.
    fn request(&self, seed: u64) -> Vec<u8> {
        let mut dice = Dice::new(seed);
        let (mut path, mut method) = if dice.once_in(2) {
            let (path, method) = dice.one_of(&self.functions);
            (path.clone(), method.clone())
        } else {
            (dice.one_of(&self.addresses).clone(), "GET".to_owned())
        };
        if dice.once_in(3) {
            method = (*dice.one_of(&METHODS)).to_owned();
        }
        let mut cookie = dice.one_of(&self.cookies).as_str();
        // The sessions that the others come with live on.
        if ["sign_out", "session_end", "account_close"]
            .iter()
            .any(|act| path.contains(act))
        {
            cookie = "";
        }
        match path.as_str() {
            "*" => "OPTIONS".clone_into(&mut method),
            "evil.example:443" => "CONNECT".clone_into(&mut method),
            _ if dice.once_in(3) => {}
            _ => path = format!("{path}?{}", self.pairs(&mut dice)),
        }
        let host = if dice.once_in(40) {
            "evil.example"
        } else {
            &self.host
        };
        let mut bytes = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
        let mut header = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(format!("{name}: ").as_bytes());
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        };
        header("connection", b"close");
        if !cookie.is_empty() {
            header("cookie", cookie.as_bytes());
        }
        if !dice.once_in(10) {
            header("sec-fetch-site", b"same-origin");
        }
        if !dice.once_in(6) {
            header("accept", dice.one_of::<&[u8]>(&ACCEPTS));
        }
        for _ in 0..dice.roll(3) {
            let (name, value) = dice.one_of(&ODD);
            header(name, value);
        }
        let body = match method.as_str() {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" => Vec::new(),
            _ => self.body(&mut dice),
        };
        if !body.is_empty() {
            header("content-type", dice.one_of(&KINDS).as_bytes());
        }
        header("content-length", body.len().to_string().as_bytes());
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&body);
        bytes
    }
}

/// Sends a request and reads status and headers; what follows may be a stream
/// without an end.
async fn ask(to: SocketAddr, request: &[u8]) -> Result<(u16, HeaderMap), String> {
    let mut socket = TcpStream::connect(to).await.map_err(|e| e.to_string())?;
    // A refusal may come before the body was read.
    let _ = socket.write_all(request).await;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let read = timeout(PATIENCE, socket.read(&mut piece)).await;
        match read.map_err(|_| "no answer")?.map_err(|e| e.to_string())? {
            0 => return Err(format!("broken off after {} bytes", answer.len())),
            read => answer.extend_from_slice(&piece[..read]),
        }
    };
    let text = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let mut headers = HeaderMap::new();
    for line in lines {
        if let Some((name, value)) = line.split_once(':')
            && let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_str(value.trim()),
            )
        {
            headers.append(name, value);
        }
    }
    Ok((status.ok_or("no status")?, headers))
}

async fn fuzz(first: u64, requests: u64) {
    let (_folder, site) = built_site();
    let server = Server::start(&[
        ("IMGC_ADMINS", "mina.okafor@example.com"),
        ("LEPTOS_SITE_ROOT", &site),
    ])
    .await;
    let mut ada = server.signed_in("Ada Martin").await;
    let picture = ada.picture("a quiet harbour").await;
    ada.post("/api/publish", &[("id", &picture), ("lang", "en")])
        .await;
    let job = ada.generate("fails [demo:moderation-prompt]").await;
    ada.until(&job, &["failed"]).await;
    let mina = server.signed_in("Mina Okafor").await;
    let (person, admin) = (&ada.cookies["imgc"], &mina.cookies["imgc"]);
    let world = Arc::new(World::of(&server, person, admin, &picture, &job));
    let to: SocketAddr = world.host.parse().unwrap();
    let wrong: Vec<String> = stream::iter(first..first + requests)
        .map(|seed| {
            let world = world.clone();
            async move {
                let request = world.request(seed);
                let line = request
                    .split(|byte| *byte == b'\r')
                    .next()
                    .unwrap_or_default();
                let line: String = String::from_utf8_lossy(line).chars().take(200).collect();
                match ask(to, &request).await {
                    Err(error) => Some(format!("{seed}: {line}: {error}")),
                    Ok((status, _)) if status >= 500 => Some(format!("{seed}: {line}: {status}")),
                    Ok((status, headers)) => {
                        let lacks = lacking("", &headers);
                        let lacks = (!lacks.is_empty()).then_some(lacks)?;
                        Some(format!("{seed}: {line}: {status} lacks {lacks:?}"))
                    }
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async move { wrong })
        .collect()
        .await;
    let some: Vec<&String> = wrong.iter().take(20).collect();
    assert!(wrong.is_empty(), "{} of {requests}: {some:#?}", wrong.len());

    // And everything still works.
    assert_eq!(ada.get("/healthz").await.status, 200);
    assert_eq!(ada.get("/library").await.status, 200);
    let mut sam = server.signed_in("Sam Rivera").await;
    sam.picture("a boat after the storm").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nonsense_is_never_answered_with_a_failure_of_ours() {
    fuzz(1, 600).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes long: eight thousand requests"]
async fn nonsense_is_never_answered_with_a_failure_of_ours_eight_thousand_times() {
    fuzz(10_000, 8_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_at_all_is_refused_with_every_header() {
    let server = Server::start(&[]).await;
    let to: SocketAddr = server.base.trim_start_matches("http://").parse().unwrap();
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    for (request, expected) in [
        ("nonsense\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (long.as_str(), 431),
    ] {
        let (status, headers) = ask(to, request.as_bytes()).await.unwrap();
        assert_eq!(status, expected, "{request:.40}");
        assert_eq!(lacking("", &headers), [""; 0], "{request:.40}");
    }
}
