//! What a public page and a public file cost the server: requests a second on a
//! few connections, and the ratio to the cheapest answer there is. Ratios of one
//! run compare; figures of different machines, or different days of this one, do not.
//!
//! `make bench` builds it optimised and runs it. The client shares the machine with
//! the server, so that the cheapest answers are measured too low.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use imgc::{
    http::serve,
    model::{Prompt, Settings, allowance::Allowance, catalogue::Settled},
    server::{AppState, config::Config, objects::ObjectKey},
    store::{changes, images, jobs, leases, renditions, users},
};
use std::time::{Duration, Instant};

const PICTURES: u32 = 200;
const SPAN: Duration = Duration::from_secs(3);
/// Connections, each with one request under way.
const CONNECTIONS: usize = 8;
/// Bytes of a rendition and of an original, as large as they usually are.
const RENDITION: usize = 33_000;
const ORIGINAL: usize = 1_800_000;

#[tokio::main]
async fn main() {
    let began = Instant::now();
    let kept = Site::start(&[]).await;
    println!(
        "{:>9.0?} from nothing to a server that answers",
        began.elapsed()
    );
    let drawn = Site::start(&[
        ("IMGC_CACHE_PAGES_MB", "0"),
        ("IMGC_CACHE_PICTURES_MB", "0"),
    ])
    .await;
    println!("{PICTURES} published pictures, {CONNECTIONS} connections, {SPAN:?} each");
    let floor = measure(&kept.base, "/healthz").await;
    println!("{floor:>9.0}/s  /healthz");
    for (what, site) in [("kept", &kept), ("drawn", &drawn)] {
        let picture = &site.picture;
        let paths = [
            "/gallery".to_owned(),
            "/".to_owned(),
            format!("/i/{picture}"),
            format!("/media/{picture}/640.webp"),
            format!("/media/{picture}/original.png"),
            "/sitemap.xml".to_owned(),
            "/sitemaps/0.xml".to_owned(),
        ];
        for path in paths {
            let rate = measure(&site.base, &path).await;
            let path = path.replace(picture.as_str(), "…");
            println!(
                "{rate:>9.0}/s  {:>6.1} times /healthz  {what} {path}",
                floor / rate
            );
        }
    }
    if let Some(mebibytes) = resident_mebibytes() {
        println!("{mebibytes:>9} MiB resident, both servers and the client");
    }
    kept.state.shutdown.cancel();
    drawn.state.shutdown.cancel();
}

/// A server with pictures.
struct Site {
    state: AppState,
    base: String,
    /// The newest picture: its id, and its public slug.
    picture: String,
    _data: tempfile::TempDir,
}

impl Site {
    async fn start(more: &[(&str, &str)]) -> Site {
        let data = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let env = |name: &str| match name {
            "LEPTOS_SITE_ADDR" => Some(address.clone()),
            "IMGC_DATA_DIR" => Some(data.path().display().to_string()),
            "IMGC_LIMITS_REQUESTS_PER_MINUTE" => Some("100000000".to_owned()),
            name => more
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned()),
        };
        let state = AppState::open(Config::from_parts("", &env).unwrap())
            .await
            .unwrap();
        let picture = seed(&state).await;
        let files = [
            (
                ObjectKey::Rendition {
                    image: &picture,
                    width: 640,
                },
                RENDITION,
            ),
            (
                ObjectKey::Original {
                    image: &picture,
                    format: "png",
                },
                ORIGINAL,
            ),
        ];
        for (key, bytes) in files {
            state.objects.put(key, vec![7; bytes].into()).await.unwrap();
        }
        let running = state.clone();
        tokio::spawn(async move { serve::run(&running, listener).await });
        let base = format!("http://{address}");
        let client = imgc::server::tls::client_builder().build().unwrap();
        ask(&client, &format!("{base}/healthz")).await;
        Site {
            state,
            base,
            picture,
            _data: data,
        }
    }
}

/// Memory in use, where the system tells.
fn resident_mebibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

/// Publishes pictures that have rows and no files; returns the newest one's id.
async fn seed(state: &AppState) -> String {
    let identity = users::IdentityClaims {
        issuer: "bench",
        subject: "bench",
        email_assumed: false,
        email: "bench@example.com",
        name: "Bench",
    };
    let user = users::sign_in(&state.db, &id(), &identity, "en", 1)
        .await
        .unwrap();
    let model = &state.config.models[0];
    let prompt = Prompt("A lighthouse on a cliff at dawn, calm sea, soft watercolour".into());
    let mut newest = String::new();
    for n in 0..PICTURES {
        newest = picture(state, &user.id, &prompt, &model.defaults(), i64::from(n)).await;
    }
    newest
}

async fn picture(
    state: &AppState,
    user_id: &str,
    prompt: &Prompt,
    settings: &Settings,
    now_ms: i64,
) -> String {
    let (job, image) = (id(), id());
    let of_one = jobs::NewJob {
        id: job.clone(),
        prompt: prompt.clone(),
        reserved_micros: 1,
    };
    let new = jobs::NewRequest {
        jobs: &[of_one],
        user_id,
        request_key: &job,
        settings,
        now_ms,
        inputs: &[],
        keeps_outside: false,
        parent_id: None,
        form: None,
    };
    let limits = jobs::Limits {
        per_person: Allowance::default(),
        service_micros_per_day: i64::MAX,
        active_per_person: u32::MAX,
        day_start_ms: 0,
        month_start_ms: 0,
    };
    jobs::enqueue(&state.db, &new, limits).await.unwrap();
    // A claim's owner is of that claim alone.
    let owner = leases::new_owner(&state.node);
    let claimed = jobs::claim(&state.db, &owner, now_ms, now_ms + 1, 1).await;
    assert!(claimed.unwrap().job.is_some());
    let cost = Settled {
        micros: 1,
        estimated: false,
    };
    let row = images::NewImage {
        id: image.clone(),
        position: 0,
        width: 1024,
        height: 1024,
        format: "png".into(),
        bytes: 1,
        sha256: "0".repeat(64),
        placeholder: "#8090a0".into(),
        revised_prompt: None,
        cost_micros: 1,
        credentials: false,
        renditions_due_ms: None,
    };
    let finished = images::FinishedJob {
        id: &job,
        owner: &owner,
        prompt,
        images: std::slice::from_ref(&row),
        objects: &[],
        booking: Some(jobs::Booking { cost, pictures: 1 }),
    };
    let done = images::finish_job(&state.db, &finished, now_ms).await;
    assert!(done.unwrap());
    let rendered = renditions::Rendered {
        size: (row.width, row.height),
        placeholder: row.placeholder.clone(),
        widths: vec![320, 640],
        pixels: row.sha256.clone(),
        looks: String::new(),
    };
    renditions::rendered(&state.db, &image, &rendered)
        .await
        .unwrap();
    let (change, one) = (id(), [image.clone()]);
    let slug = [(image.clone(), image.clone())];
    let kind = changes::Kind::Publish;
    changes::apply(&state.db, &change, user_id, &kind, &one, &slug, now_ms)
        .await
        .unwrap();
    image
}

fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Answers a second.
async fn measure(base: &str, path: &str) -> f64 {
    let client = imgc::server::tls::client_builder().build().unwrap();
    let address = format!("{base}{path}");
    for _ in 0..20 {
        ask(&client, &address).await;
    }
    let began = Instant::now();
    let connections = (0..CONNECTIONS).map(|_| {
        let (client, address) = (client.clone(), address.clone());
        tokio::spawn(async move {
            let mut count = 0_u32;
            while began.elapsed() < SPAN {
                ask(&client, &address).await;
                count += 1;
            }
            count
        })
    });
    let counts = futures::future::join_all(connections).await;
    let count: u32 = counts.into_iter().map(Result::unwrap).sum();
    f64::from(count) / began.elapsed().as_secs_f64()
}

async fn ask(client: &reqwest::Client, address: &str) {
    let answer = client.get(address).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{address}");
    answer.bytes().await.unwrap();
}
