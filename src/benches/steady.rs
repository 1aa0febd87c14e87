//! Whether the service stays steady while people work with it: minutes at 70 % of
//! what it can do at most, with a picture asked for and one published every second,
//! and then the gallery beside a thousand open event streams.
//!
//! `make bench-steady` builds it optimised and runs it; `IMGC_STEADY_SECONDS` says for
//! how long (600). The client and the painter share the machine with the server, so
//! that what it can do at most is measured too low, and what one waits too high.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(
    dead_code,
    reason = "the tests' own modules, of which this uses a part"
)]

#[path = "../tests/harness.rs"]
mod harness;

use futures::{StreamExt, future::join_all};
use harness::{Browser, Server, new_key};
use imgc::server::tls;
use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};

/// Connections, each with one request under way at most.
const CONNECTIONS: usize = 32;
/// How long the most that can be done is measured.
const PEAK_SPAN: Duration = Duration::from_secs(5);
/// How much of that is asked for.
const SHARE: f64 = 0.7;
/// Pictures that are published before anything is measured.
const PICTURES: usize = 24;
/// How often a picture is asked for, and one published.
const EVERY: Duration = Duration::from_secs(1);
/// Event streams, as many for each person as one may hold.
const STREAMS: usize = 1_000;
const STREAMS_PER_PERSON: usize = 24;
/// Requests a second beside the streams, and for how long.
const BESIDE_RATE: f64 = 200.0;
const BESIDE_SPAN: Duration = Duration::from_secs(10);
const SETTINGS: [(&str, &str); 9] = [
    ("IMGC_LIMITS_REQUESTS_PER_MINUTE", "1000000000"),
    ("IMGC_LIMITS_PICTURES_PER_DAY", "1000000"),
    ("IMGC_LIMITS_SPEND_PER_DAY_USD", "1000000"),
    ("IMGC_LIMITS_ACTIVE_JOBS", "1000"),
    ("IMGC_LIMITS_SIGN_INS_PER_MINUTE_IN_ALL", "1000"),
    ("IMGC_CONNECTIONS_PER_ADDRESS", "4000"),
    ("IMGC_CONNECTIONS_MOST", "4000"),
    ("IMGC_DEMO_PACE_MS", "150"),
    ("IMGC_LOG_FILTER", "warn"),
];

#[tokio::main]
async fn main() {
    let seconds = env::var("IMGC_STEADY_SECONDS").map_or(600, |text| text.parse().unwrap());
    let server = Server::start(&SETTINGS).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let mut picture = String::new();
    for number in 0..PICTURES {
        picture = ada.picture(&format!("a lighthouse, number {number}")).await;
        publish(&mut ada, &picture).await;
    }
    let rendition = public_rendition(&mut ada, &picture).await;
    let paths = ["/gallery", "/", &format!("/i/{picture}"), &rendition];
    let paths: Arc<[String]> = paths.map(|path| format!("{}{path}", server.base)).into();

    let peak = peak(&paths).await;
    println!(
        "{peak:>9.0}/s at most, on {CONNECTIONS} connections: gallery, home, a picture and its rendition in turn"
    );
    let span = Duration::from_secs(seconds);
    let working = tokio::spawn(work(server.signed_in("Sam Rivera").await, span));
    let steady = Load::new(&paths, peak * SHARE, span).run().await;
    let (made, published) = working.await.unwrap();
    println!(
        "{:>9.0}/s for {span:?}, {made} pictures made and {published} published meanwhile: {steady}",
        peak * SHARE
    );

    let gallery: Arc<[String]> = [format!("{}/gallery", server.base)].into();
    let beside = || Load::new(&gallery, BESIDE_RATE, BESIDE_SPAN).run();
    let idle = beside().await;
    println!("{BESIDE_RATE:>9.0}/s of the gallery alone: {idle}");
    let streams = open_streams(&server).await;
    let busy = beside().await;
    let open = streams
        .iter()
        .filter(|stream| !stream.is_finished())
        .count();
    println!("{BESIDE_RATE:>9.0}/s of the gallery beside {open} open event streams: {busy}");
    println!(
        "{:>9.2} times the p99 of the gallery alone",
        busy.at(0.99) / idle.at(0.99)
    );
    for stream in streams {
        stream.abort();
    }
}

/// Publishes a picture as its page's form does.
async fn publish(person: &mut Browser, picture: &str) {
    let fields = [("id", picture), ("lang", "en")];
    let answer = person.post("/api/publish", &fields).await;
    assert!(answer.status.is_redirection(), "{}", answer.text);
}

/// The address at which a published picture's middle rendition is for everybody.
async fn public_rendition(person: &mut Browser, picture: &str) -> String {
    let page = person.get(&format!("/i/{picture}")).await.text;
    let slug = page.split("/media/").nth(1).expect("a public address");
    format!("/media/{}/640.webp", slug.split('/').next().unwrap())
}

/// Asks for a picture and publishes the one before, over and over; how many of each
/// came to their end.
async fn work(mut person: Browser, span: Duration) -> (u64, u64) {
    let (mut made, mut published) = (0, 0);
    let began = Instant::now();
    let mut next = began;
    let mut jobs: Vec<String> = Vec::new();
    while began.elapsed() < span {
        jobs.push(
            person
                .generate(&format!("a boat [key:{}]", new_key()))
                .await,
        );
        if jobs.len() > 1 {
            let job = person.job(&jobs[0]).await;
            if job["state"] == "ready" {
                made += 1;
                publish(&mut person, job["images"][0]["id"].as_str().unwrap()).await;
                published += 1;
                jobs.remove(0);
            }
        }
        next += EVERY;
        sleep_until(next).await;
    }
    (made, published)
}

/// Answers a second where each connection asks again as soon as it is answered.
async fn peak(paths: &Arc<[String]>) -> f64 {
    let client = tls::client_builder().build().unwrap();
    let began = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| {
        let (client, paths) = (client.clone(), paths.clone());
        tokio::spawn(async move {
            let mut count = 0_usize;
            while began.elapsed() < PEAK_SPAN {
                ask(&client, &paths[count % paths.len()]).await;
                count += 1;
            }
            count
        })
    });
    let counts = join_all(connections).await.into_iter().map(Result::unwrap);
    counts.sum::<usize>() as f64 / began.elapsed().as_secs_f64()
}

/// Requests that come at their time, whether or not those before were answered.
struct Load {
    paths: Arc<[String]>,
    rate: f64,
    span: Duration,
}

/// How long requests took, and how many were answered badly.
struct Figures {
    /// Ascending, in milliseconds, from the moment that each was due.
    took_ms: Vec<f32>,
    refused: usize,
    failed: usize,
}

impl Load {
    fn new(paths: &Arc<[String]>, rate: f64, span: Duration) -> Load {
        let paths = paths.clone();
        Load { paths, rate, span }
    }

    async fn run(self) -> Figures {
        let client = tls::client_builder().build().unwrap();
        let (began, next) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let total = (self.rate * self.span.as_secs_f64()) as u64;
        let connections = (0..CONNECTIONS).map(|_| {
            let (client, paths, next) = (client.clone(), self.paths.clone(), next.clone());
            let rate = self.rate;
            tokio::spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return answers;
                    }
                    let due = began + Duration::from_secs_f64(number as f64 / rate);
                    sleep_until(due).await;
                    let status = ask(&client, &paths[number as usize % paths.len()]).await;
                    answers.push((status, due.elapsed().as_secs_f32() * 1e3));
                }
            })
        });
        let answers = join_all(connections).await.into_iter();
        let answers: Vec<(u16, f32)> = answers.flat_map(Result::unwrap).collect();
        let of =
            |wanted: fn(u16) -> bool| answers.iter().filter(|(status, _)| wanted(*status)).count();
        let (refused, failed) = (
            of(|status| (400..500).contains(&status)),
            of(|status| status >= 500),
        );
        let mut took_ms: Vec<f32> = answers.iter().map(|(_, took)| *took).collect();
        took_ms.sort_by(f32::total_cmp);
        Figures {
            took_ms,
            refused,
            failed,
        }
    }
}

impl Figures {
    /// The time within which this share of the requests was answered, in milliseconds.
    fn at(&self, share: f64) -> f32 {
        let place = (self.took_ms.len() as f64 * share) as usize;
        self.took_ms[place.min(self.took_ms.len() - 1)]
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} answers, {} of 4xx, {} of 5xx or broken; p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, at most {:.1} ms",
            self.took_ms.len(),
            self.refused,
            self.failed,
            self.at(0.5),
            self.at(0.99),
            self.at(0.999),
            self.at(1.0)
        )
    }
}

/// Asks and reads to the end; the status, and 599 where the connection broke.
async fn ask(client: &reqwest::Client, address: &str) -> u16 {
    let Ok(answer) = client.get(address).send().await else {
        return 599;
    };
    let status = answer.status().as_u16();
    match answer.bytes().await {
        Ok(_) => status,
        Err(_) => 599,
    }
}

/// People who follow all of their jobs in many tabs; each stream is read until it ends.
async fn open_streams(server: &Server) -> Vec<tokio::task::JoinHandle<()>> {
    let mut streams = Vec::new();
    for person in 0..STREAMS.div_ceil(STREAMS_PER_PERSON) {
        let browser = server.signed_in(&format!("Reader {person}")).await;
        for _ in 0..STREAMS_PER_PERSON.min(STREAMS - streams.len()) {
            let request = browser.request(reqwest::Method::GET, "/jobs/events");
            let answer = request
                .timeout(Duration::from_secs(3600))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200);
            streams.push(tokio::spawn(async move {
                let mut events = answer.bytes_stream();
                while let Some(Ok(_)) = events.next().await {}
            }));
        }
    }
    // Each has had its first event.
    sleep(Duration::from_secs(2)).await;
    streams
}
