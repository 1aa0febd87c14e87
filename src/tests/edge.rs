//! What strangers can do to the server before it knows them: slow, silent and
//! too many connections, bodies without end, rows that pile up. And whether it
//! knows when it cannot do its work.

use crate::harness::{Browser, PATIENCE, Server, http_client, on_d1, site};
use imgc::store::Statement;
use reqwest::Method;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// Deadlines short enough for a test.
const SHORT: [(&str, &str); 4] = [
    ("IMGC_CONNECTIONS_HEAD_S", "1"),
    ("IMGC_CONNECTIONS_BODY_S", "2"),
    ("IMGC_CONNECTIONS_IDLE_S", "2"),
    ("IMGC_CONNECTIONS_WRITE_S", "2"),
];

async fn connect(server: &Server) -> TcpStream {
    let address = server.base.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// A request's head as a page of ours would send it, with more lines.
fn head(server: &Server, method: &str, path: &str, more: &str) -> String {
    let host = server.base.trim_start_matches("http://");
    format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: same-origin\r\n{more}\r\n")
}

/// The status of the answer; 0 if the connection ends without one.
async fn status(stream: &mut TcpStream) -> u16 {
    let mut read = Vec::new();
    let mut bytes = [0; 1024];
    let reading = async {
        while let Ok(n @ 1..) = stream.read(&mut bytes).await {
            read.extend_from_slice(&bytes[..n]);
            if read.len() > 12 {
                break;
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("no answer");
    let text = String::from_utf8_lossy(&read).into_owned();
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    status.unwrap_or(0)
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    let closed = async { while let Ok(1..) = stream.read(&mut [0; 1024]).await {} };
    timeout(PATIENCE, closed).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_and_half_a_head_end_and_an_event_stream_lives() {
    let server = Server::start(&SHORT).await;
    let ada = server.signed_in("Ada Martin").await;
    let cookie: String = ada
        .cookies
        .iter()
        .map(|(n, v)| format!("{n}={v};"))
        .collect();
    let mut silent = connect(&server).await;
    let mut half = connect(&server).await;
    half.write_all(b"GET / HTTP/1.1\r\nhost: x").await.unwrap();
    let mut preface = connect(&server).await;
    preface
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await
        .unwrap();
    let mut events = connect(&server).await;
    let ask = head(
        &server,
        "GET",
        "/jobs/events",
        &format!("cookie: {cookie}\r\n"),
    );
    events.write_all(ask.as_bytes()).await.unwrap();
    assert_eq!(status(&mut events).await, 200);
    let began = Instant::now();
    let ended = tokio::join!(
        is_closed(&mut silent),
        is_closed(&mut half),
        is_closed(&mut preface)
    );
    assert_eq!(ended, (true, true, true));
    // Longer than every deadline, with nothing to tell but that it lives.
    while began.elapsed() < Duration::from_secs(5) {
        let read = timeout(Duration::from_secs(1), events.read(&mut [0; 1024])).await;
        assert!(!matches!(read, Ok(Ok(0) | Err(_))), "the stream has ended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trickling_body_is_cut_off_and_a_slow_one_is_read() {
    let server = Server::start(&SHORT).await;
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let mut trickle = connect(&server).await;
    let more = format!("{form}content-length: 1000\r\n");
    let ask = head(&server, "POST", "/api/report_child", &more);
    trickle.write_all(ask.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = trickle.into_split();
    let dripping = tokio::spawn(async move {
        while writer.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(200)).await;
        }
    });
    let mut answer = String::new();
    let read = timeout(PATIENCE, reader.read_to_string(&mut answer)).await;
    assert!(read.is_ok(), "the connection stays");
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    dripping.abort();
    // A little at a time: in all, longer than a step may take.
    let mut slow = connect(&server).await;
    let more = format!("{form}content-length: {}\r\n", 6 + 20 * 3000);
    let ask = head(&server, "POST", "/api/report_child", &more);
    slow.write_all(ask.as_bytes()).await.unwrap();
    slow.write_all(b"about=").await.unwrap();
    for _ in 0..20 {
        slow.write_all(&[b'a'; 3000]).await.unwrap();
        sleep(Duration::from_millis(150)).await;
    }
    // It was read to its end, and says too much.
    assert_eq!(status(&mut slow).await, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_too_many_connections_harms_itself_alone() {
    let server = Server::start(&[("IMGC_CONNECTIONS_PER_ADDRESS", "8")]).await;
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(connect(&server).await);
    }
    let mut browser = server.browser();
    assert_eq!(browser.get("/healthz").await.status, 200);
    let mut open = 0;
    for stream in &mut held {
        let read = timeout(Duration::from_millis(100), stream.read(&mut [0; 8])).await;
        open += usize::from(read.is_err());
    }
    assert!(open <= 8, "{open} silent connections are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_proxy_one_client_cannot_hold_every_place() {
    let server = Server::start(&[
        ("IMGC_TRUSTED_PROXIES", "127.0.0.0/8"),
        ("IMGC_CONNECTIONS_PER_ADDRESS", "2"),
    ])
    .await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = connect(&server).await;
        // The server says 100 once somebody reads the body: the request is under way.
        let more = "x-forwarded-for: 198.51.100.7\r\ncontent-length: 1000\r\n\
            content-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\n";
        let ask = head(&server, "POST", "/api/report_child", more);
        stream.write_all(ask.as_bytes()).await.unwrap();
        assert_eq!(status(&mut stream).await, 100);
        held.push(stream);
    }
    // More connections than an address may have: they are the proxy's.
    let ask = |client: &'static str| {
        let request = server.browser().request(Method::GET, "/privacy");
        request.header("x-forwarded-for", client).send()
    };
    // Also where the answer lies finished by then.
    assert_eq!(ask("198.51.100.9").await.unwrap().status(), 200);
    assert_eq!(ask("198.51.100.7").await.unwrap().status(), 429);
    assert_eq!(ask("198.51.100.8").await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_refused_before_it_is_read() {
    let server = Server::start(&[]).await;
    let multipart = "content-type: multipart/form-data; boundary=x\r\n";
    let large = "content-length: 314572800\r\n";
    let html = "accept: text/html\r\n";
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let binary = "content-type: application/octet-stream\r\n";
    let cases = [
        ("/uploads", format!("{multipart}{large}"), 401),
        ("/uploads", format!("{multipart}{large}{html}"), 303),
        ("/share", format!("{multipart}{large}"), 303),
        ("/api/generate", format!("{form}{large}"), 413),
        ("/api/draft", format!("{binary}{large}"), 413),
        ("/api/report_child", format!("{form}{large}"), 413),
        ("/api/no_such_function", format!("{form}{large}"), 413),
        ("/auth/start", format!("{form}{large}"), 413),
        ("/create", format!("{multipart}{large}"), 413),
    ];
    for (path, more, expected) in cases {
        let mut stream = connect(&server).await;
        let ask = head(&server, "POST", path, &more);
        stream.write_all(ask.as_bytes()).await.unwrap();
        assert_eq!(status(&mut stream).await, expected, "{path} {more}");
    }
    // From another site: not even that much is asked.
    let mut stream = connect(&server).await;
    let ask = head(&server, "POST", "/uploads", &format!("{multipart}{large}"));
    let ask = ask.replace("same-origin", "cross-site");
    stream.write_all(ask.as_bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_a_photograph_unasked_reads_the_answer() {
    let server = Server::start(&[]).await;
    let stranger = server.browser();
    // Whatever the moment at which the answer comes, of sixteen.
    for round in 0..16 {
        let photograph = reqwest::multipart::Part::bytes(vec![7; 6 * 1024 * 1024]);
        let form = reqwest::multipart::Form::new()
            .text("text", "a harbour")
            .part("files[]", photograph.file_name("harbour.jpg"));
        let request = stranger.request(Method::POST, "/share").multipart(form);
        let answer = request.send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{round}: {error:?}"));
        assert_eq!(answer.status(), 303, "{round}");
        let to = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(to.contains("sign-in"), "{to}");
    }
}

/// Sends a form of chunks of `a` after this beginning, as long as the server
/// takes it; how much it took.
async fn pour(server: &Server, browser: &Browser, beginning: &str) -> usize {
    const MOST: usize = 64 * 1024 * 1024;
    let cookie: String = browser
        .cookies
        .iter()
        .map(|(n, v)| format!("cookie: {n}={v}\r\n"))
        .collect();
    let mut stream = connect(server).await;
    let more = format!(
        "{cookie}accept: text/html\r\ntransfer-encoding: chunked\r\n\
         content-type: multipart/form-data; boundary=x\r\n"
    );
    let ask = head(server, "POST", "/uploads", &more);
    stream.write_all(ask.as_bytes()).await.unwrap();
    let first = format!("{:x}\r\n{beginning}\r\n", beginning.len());
    if !beginning.is_empty() {
        stream.write_all(first.as_bytes()).await.unwrap();
    }
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(4096));
    let (mut reader, mut writer) = stream.into_split();
    let mut sent = 0;
    let pouring = async {
        while sent < MOST && writer.write_all(chunk.as_bytes()).await.is_ok() {
            sent += 4096;
        }
    };
    let answered = async { while let Ok(1..) = reader.read(&mut [0; 4096]).await {} };
    timeout(PATIENCE, async {
        tokio::select! {
            () = pouring => {}
            () = answered => {}
        }
    })
    .await
    .expect("neither taken nor refused");
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_content_of_a_form_is_bounded() {
    let server = Server::start(&[]).await;
    let ada = server.signed_in("Ada Martin").await;
    let stranger = server.browser();
    let part = "--x\r\nContent-Disposition: form-data; name=\"files[]\"";
    let head = format!("{part}\r\nX: ");
    let file = format!("{part}; filename=\"a\"\r\n\r\n");
    let text = "--x\r\nContent-Disposition: form-data; name=\"lang\"\r\n\r\n".to_owned();
    let cases = [
        (&ada, ""),
        (&ada, head.as_str()),
        (&ada, text.as_str()),
        (&stranger, ""),
        (&stranger, head.as_str()),
        // A stranger's file is of no use to anybody.
        (&stranger, file.as_str()),
    ];
    for (browser, beginning) in cases {
        let sent = pour(&server, browser, beginning).await;
        // What is in the sockets' buffers counts, and what is dropped after the answer.
        assert!(sent < 32 * 1024 * 1024, "{sent} bytes after {beginning:?}");
    }
    assert_eq!(server.browser().get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_fields_and_deep_ones_take_no_more_time_than_their_length() {
    let server = Server::start(&[]).await;
    let mut stranger = server.browser();
    let many: String = (0..40_000).map(|n| format!("f{n}=&")).collect();
    let same = "draft[prompt]=&".repeat(30_000);
    let deep = format!("draft{}=1", "[a]".repeat(100_000));
    let open = format!("draft{}=1", "[".repeat(400_000));
    let list: String = (0..40_000).map(|n| format!("d[{n}]=&")).collect();
    for body in [many, same, deep, open, list] {
        let began = Instant::now();
        let request = stranger
            .request(Method::POST, "/api/draft")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.clone());
        let answer = stranger.send(request).await;
        let start: String = body.chars().take(20).collect();
        assert!(answer.status().as_u16() < 600, "{start}");
        assert!(began.elapsed() < Duration::from_secs(15), "{start}");
    }
}

async fn number(server: &Server, sql: &'static str) -> i64 {
    let row = server.state.db.fetch_optional(Statement::new(sql)).await;
    row.unwrap().unwrap().int("n").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_words_are_bounded_in_all_and_by_address() {
    const WAITING: &str = "SELECT COUNT(*) AS n FROM sign_ins";
    let server = Server::start(&[]).await;
    let words = "w".repeat(150_000);
    // A form of absurd length is kept by nobody.
    let mut stranger = server.browser();
    stranger
        .submit(&"w".repeat(300_000), &crate::harness::new_key(), &[])
        .await;
    assert_eq!(number(&server, WAITING).await, 0);
    for _ in 0..470 {
        stranger.cookies.clear();
        stranger
            .submit(&words, &crate::harness::new_key(), &[])
            .await;
    }
    let bytes = "SELECT COALESCE(SUM(octet_length(draft)), 0) AS n FROM sign_ins";
    let bytes = number(&server, bytes).await;
    assert!(
        bytes > 50_000_000 && bytes <= 64 * 1024 * 1024,
        "{bytes} bytes wait"
    );
    // The newest words are there.
    let newest = "SELECT COUNT(*) AS n FROM (SELECT draft FROM sign_ins
        ORDER BY rowid DESC LIMIT 5) WHERE draft IS NOT NULL";
    assert_eq!(number(&server, newest).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_and_words_that_wait_share_a_limit() {
    const WAITING: &str = "SELECT COUNT(*) AS n FROM sign_ins";
    const WORDS: &str = "draft[prompt]=words&draft[model]=gpt-image-2.5-flare&\
        draft[size]=1024x1024&draft[quality]=low&draft[count]=1&draft[format]=png&\
        request_key=5f0c8f56-0b5c-4a4e-9b6c-0c0a7d7f1a11&lang=en";
    for (key, within) in [
        ("IMGC_LIMITS_SIGN_INS_PER_MINUTE", "a /64"),
        ("IMGC_LIMITS_SIGN_INS_PER_MINUTE_IN_ALL", "the world"),
    ] {
        let server = Server::start(&[(key, "4"), ("IMGC_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
        let browser = server.browser();
        for n in 1..=10 {
            let client = match within {
                "a /64" => format!("2001:db8::{n}"),
                _ => format!("2001:db8:{n}::1"),
            };
            let ask = match n % 2 {
                0 => browser
                    .request(Method::POST, "/api/generate")
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(WORDS),
                _ => browser.request(Method::GET, "/auth/start?next=/create"),
            };
            ask.header("x-forwarded-for", client).send().await.unwrap();
        }
        // One more may have begun meanwhile, on a slow machine. Nodes that share a
        // count begin it anew each minute, which may pass in the middle.
        let waiting = number(&server, WAITING).await;
        let most = if on_d1() { 8 } else { 5 };
        assert!((4..=most).contains(&waiting), "{waiting} within {within}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_ends_with_what_the_server_needs_and_comes_back_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(folder.path());
    let server = Server::start(&[("LEPTOS_SITE_ROOT", &site.display().to_string())]).await;
    let data = server.data.path();
    let address = format!("{}/readyz", server.base);
    let until = async |expected: u16| {
        let began = Instant::now();
        while http_client().get(&address).send().await.unwrap().status() != expected {
            assert!(began.elapsed() < PATIENCE, "never {expected}");
            sleep(Duration::from_millis(100)).await;
        }
    };
    let mut needed = vec![site.clone()];
    if !on_d1() {
        needed.extend([data.join("spool"), data.join("objects")]);
    }
    for needed in needed {
        until(200).await;
        let aside = folder.path().join("aside");
        std::fs::rename(&needed, &aside).unwrap();
        until(503).await;
        std::fs::rename(&aside, &needed).unwrap();
    }
    until(200).await;
}
