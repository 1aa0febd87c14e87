//! Connections that are slow, silent or too many, against a small router; and a
//! system that refuses to accept.

use super::*;
use axum::{
    body::Body,
    routing::{get, post},
};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::{Mutex, mpsc},
};

fn rules() -> Rules {
    Rules {
        deadlines: Deadlines {
            head: Duration::from_millis(400),
            idle: Duration::from_millis(800),
            write: Duration::from_millis(600),
        },
        most: 4,
        per_address: 2,
        trusted: vec!["10.0.0.0/8".parse().expect("a network")],
        refusals: "x-ours: yes\r\n".into(),
    }
}

/// Lets connections in as if they came from anywhere.
struct Gate {
    send: mpsc::UnboundedSender<io::Result<(DuplexStream, SocketAddr)>>,
    shutdown: CancellationToken,
    served: tokio::task::JoinHandle<()>,
}

impl Gate {
    fn open(rules: Rules, app: Router) -> Gate {
        let (send, receive) = mpsc::unbounded_channel();
        let receive = Arc::new(Mutex::new(receive));
        let shutdown = CancellationToken::new();
        let ends = shutdown.clone();
        let served = tokio::spawn(async move {
            let accept = || {
                let receive = receive.clone();
                async move {
                    match receive.lock().await.recv().await {
                        Some(accepted) => accepted,
                        None => std::future::pending().await,
                    }
                }
            };
            serve_accepted(accept, app, rules, ends).await;
        });
        Gate {
            send,
            shutdown,
            served,
        }
    }

    /// A connection from this address, with so many bytes of room between.
    fn connect(&self, address: &str, room: usize) -> DuplexStream {
        let (ours, theirs) = duplex(room);
        let address = SocketAddr::new(address.parse().expect("an address"), 1);
        self.send.send(Ok((theirs, address))).expect("a gate");
        ours
    }
}

fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/large", get(|| async { vec![b'x'; 1_000_000] }))
        .route(
            "/slow",
            get(|| async {
                sleep(Duration::from_millis(1500)).await;
                "late"
            }),
        )
        .route(
            "/form",
            post(|body: Body| async {
                let read = axum::body::to_bytes(body, 10_000).await;
                if read.is_ok() { "read" } else { "unread" }
            }),
        )
        .route("/events", get(|| async { ticks(8) }))
        .route("/feed", get(|| async { ticks(usize::MAX) }))
}

/// A stream of events, so many.
fn ticks(most: usize) -> Body {
    let ticks = futures::stream::unfold(0, move |n| async move {
        sleep(Duration::from_millis(300)).await;
        (n < most).then_some((Ok::<_, io::Error>("tick\n"), n + 1))
    });
    Body::from_stream(ticks)
}

async fn ask(stream: &mut DuplexStream, path: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream
        .write_all(head.as_bytes())
        .await
        .expect("a connection");
}

/// Reads until the text has come.
async fn read_until(stream: &mut DuplexStream, text: &str) -> bool {
    let mut read = Vec::new();
    let mut bytes = [0; 1024];
    while let Ok(n @ 1..) = stream.read(&mut bytes).await {
        read.extend_from_slice(&bytes[..n]);
        if String::from_utf8_lossy(&read).contains(text) {
            return true;
        }
    }
    false
}

/// Waits for the other side to close.
async fn is_closed(stream: &mut DuplexStream) -> bool {
    let closed = async { while let Ok(1..) = stream.read(&mut [0; 1024]).await {} };
    tokio::time::timeout(Duration::from_secs(20), closed)
        .await
        .is_ok()
}

#[tokio::test]
async fn silent_slow_and_idle_connections_end() {
    let gate = Gate::open(rules(), app());
    let mut silent = gate.connect("192.0.2.1", 1000);
    let mut half = gate.connect("192.0.2.2", 1000);
    let mut idle = gate.connect("192.0.2.3", 1000);
    let mut drip = gate.connect("192.0.2.4", 1000);
    half.write_all(b"GET / HTTP/1.1\r\nho")
        .await
        .expect("written");
    ask(&mut idle, "/").await;
    assert!(read_until(&mut idle, "hello").await);
    let dripping = async {
        // Never a whole head, however often something comes.
        while drip.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let dripping = tokio::time::timeout(Duration::from_secs(20), dripping);
    let (silent, half, idle, drip) = tokio::join!(
        is_closed(&mut silent),
        is_closed(&mut half),
        is_closed(&mut idle),
        dripping
    );
    assert!(silent && half && idle && drip.is_ok());
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_our_headers() {
    let gate = Gate::open(rules(), app());
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(70_000));
    let headers = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let nonsense = [
        ("nonsense\r\n\r\n", "400"),
        ("GET / HTTP/9.9\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost x\r\n\r\n", "400"),
        (long.as_str(), "431"),
        (headers.as_str(), "431"),
    ];
    for (at, (sent, status)) in nonsense.into_iter().enumerate() {
        // So little room that the answer leaves in pieces.
        let mut client = gate.connect(&format!("192.0.2.{at}"), 40);
        let (mut from, mut to) = tokio::io::split(&mut client);
        // Nobody reads it to its end.
        let (_, answer) = tokio::join!(to.write_all(sent.as_bytes()), async {
            let mut answer = Vec::new();
            let _ = from.read_to_end(&mut answer).await;
            String::from_utf8(answer).expect("text")
        });
        let begin = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&begin), "{sent:.40}: {answer}");
        assert!(answer.ends_with("x-ours: yes\r\n\r\n"), "{answer}");
    }
}

#[tokio::test]
async fn the_servers_own_time_and_a_quiet_stream_do_not_count() {
    let gate = Gate::open(rules(), app());
    let mut slow = gate.connect("192.0.2.1", 1000);
    let mut events = gate.connect("192.0.2.2", 1000);
    ask(&mut slow, "/slow").await;
    ask(&mut events, "/events").await;
    let (slow, events) = tokio::join!(
        read_until(&mut slow, "late"),
        // The end of a body of chunks.
        read_until(&mut events, "\r\n0\r\n"),
    );
    assert!(slow && events);
}

#[tokio::test]
async fn who_does_not_read_an_answer_is_let_go_and_who_reads_slowly_is_not() {
    let gate = Gate::open(rules(), app());
    let mut deaf = gate.connect("192.0.2.1", 1000);
    let mut slow = gate.connect("192.0.2.2", 40_000);
    ask(&mut deaf, "/large").await;
    ask(&mut slow, "/large").await;
    let reading = async {
        let mut read = 0;
        let mut bytes = vec![0; 40_000];
        while let Ok(n @ 1..) = slow.read(&mut bytes).await {
            read += n;
            if read >= 1_000_000 {
                return true;
            }
            sleep(Duration::from_millis(60)).await;
        }
        false
    };
    assert!(reading.await, "a slow reader was cut off");
    // By now the other has had several times its deadline; what is left of its
    // answer was never sent.
    let mut read = 0;
    let mut bytes = vec![0; 10_000];
    while let Ok(Ok(n @ 1..)) =
        tokio::time::timeout(Duration::from_secs(20), deaf.read(&mut bytes)).await
    {
        read += n;
    }
    assert!(read < 100_000, "{read} bytes were still sent");
}

#[tokio::test]
async fn an_address_and_the_server_have_so_many_places() {
    let gate = Gate::open(rules(), app());
    let mut served = gate.connect("192.0.2.1", 1000);
    ask(&mut served, "/feed").await;
    assert!(read_until(&mut served, "tick").await);
    // The address's own quiet connection makes room, and what is served stays.
    let mut quiet = gate.connect("192.0.2.1", 1000);
    let mut newcomer = gate.connect("192.0.2.1", 1000);
    ask(&mut newcomer, "/feed").await;
    assert!(read_until(&mut newcomer, "tick").await);
    assert!(is_closed(&mut quiet).await);
    // Nobody of that address is quiet now.
    let mut refused = gate.connect("::ffff:192.0.2.1", 1000);
    assert!(is_closed(&mut refused).await);
    // The same /64, and others, find room as long as somebody is quiet.
    for address in ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.9"] {
        let mut one = gate.connect(address, 1000);
        ask(&mut one, "/").await;
        assert!(read_until(&mut one, "hello").await, "{address}");
        std::mem::forget(one);
    }
    assert!(
        read_until(&mut served, "tick").await,
        "it was never cut off"
    );
}

#[tokio::test]
async fn whoever_sends_a_body_slowly_shuts_nobody_out() {
    let gate = Gate::open(rules(), app());
    let mut slow: Vec<DuplexStream> = Vec::new();
    for address in ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"] {
        let mut stream = gate.connect(address, 1000);
        stream
            .write_all(b"POST /form HTTP/1.1\r\nhost: x\r\ncontent-length: 9000\r\n\r\na")
            .await
            .expect("written");
        slow.push(stream);
    }
    // Every place is held, and each of them goes on sending.
    let dripping = async {
        loop {
            sleep(Duration::from_millis(200)).await;
            for stream in &mut slow {
                let _ = stream.write_all(b"a").await;
            }
        }
    };
    let newcomer = async {
        let mut stream = gate.connect("192.0.2.3", 1000);
        ask(&mut stream, "/").await;
        read_until(&mut stream, "hello").await
    };
    tokio::select! {
        () = dripping => unreachable!("it never ends"),
        served = tokio::time::timeout(Duration::from_secs(20), newcomer) => {
            assert!(served.expect("a place"));
        }
    }
}

#[tokio::test]
async fn a_trusted_proxy_may_have_every_place() {
    let gate = Gate::open(rules(), app());
    let mut all = Vec::new();
    for _ in 0..4 {
        let mut one = gate.connect("10.0.0.1", 1000);
        ask(&mut one, "/slow").await;
        all.push(one);
    }
    for one in &mut all {
        assert!(read_until(one, "late").await);
    }
}

#[tokio::test]
async fn accepting_goes_on_after_errors_and_does_not_spin() {
    let asked = Arc::new(AtomicUsize::new(0));
    let shutdown = CancellationToken::new();
    let (count, ends) = (asked.clone(), shutdown.clone());
    let (mut ours, theirs) = duplex(1000);
    let theirs = Arc::new(Mutex::new(Some(theirs)));
    let began = Instant::now();
    tokio::spawn(async move {
        let accept = || {
            let (count, theirs) = (count.clone(), theirs.clone());
            async move {
                // EMFILE: no descriptor is left.
                if count.fetch_add(1, Ordering::Relaxed) < 5 {
                    return Err(io::Error::from_raw_os_error(24));
                }
                match theirs.lock().await.take() {
                    Some(stream) => Ok((stream, SocketAddr::from(([192, 0, 2, 1_u8], 1)))),
                    None => std::future::pending().await,
                }
            }
        };
        serve_accepted(accept, app(), rules(), ends).await;
    });
    ask(&mut ours, "/").await;
    assert!(read_until(&mut ours, "hello").await);
    assert!(began.elapsed() >= BREATHER * 4, "it asked without a pause");
    assert!(asked.load(Ordering::Relaxed) < 10);
    shutdown.cancel();
}

#[tokio::test]
async fn the_end_waits_for_answers_and_not_for_idlers() {
    let gate = Gate::open(rules(), app());
    let mut idle = gate.connect("192.0.2.1", 1000);
    let mut busy = gate.connect("192.0.2.2", 1000);
    ask(&mut idle, "/").await;
    assert!(read_until(&mut idle, "hello").await);
    ask(&mut busy, "/slow").await;
    sleep(Duration::from_millis(200)).await;
    gate.shutdown.cancel();
    assert!(read_until(&mut busy, "late").await);
    let ended = tokio::time::timeout(Duration::from_secs(20), gate.served).await;
    assert!(ended.is_ok_and(|served| served.is_ok()));
    assert!(is_closed(&mut idle).await);
}
