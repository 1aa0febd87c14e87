//! Killed again and again, at random moments and at every fail point, on a
//! machine in trouble: nothing paid is lost after its bytes arrived, nothing is
//! called twice, the sums stay exact, and the erasure afterwards leaves no file.
//!
//! `make torture` does it a thousand times. The moments and the troubles are drawn
//! from a seed, which is printed; IMGC_TORTURE_SEED plays the same ones again, as
//! far as two machines can. IMGC_TORTURE_KILLS says how often.

use crate::{
    crash::{Outside, kill},
    harness::{
        Browser, PATIENCE,
        folder::{self as kept, files_below},
        new_key,
        stand::text,
    },
    rights::{close, until_receipt_says_within},
};
use imgc::server::secrets;
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use std::{
    collections::BTreeSet,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

const PEOPLE: [&str; 2] = ["Ada Martin", "Sam Rivera"];

/// Where the server stands still until it is killed, or what its machine lacks.
const FAULTS: &[&str] = &[
    "job-dispatching=1*sleep(600000)",
    "job-answered=1*sleep(600000)",
    "job-spooled=1*sleep(600000)",
    "job-kept=1*sleep(600000)",
    "job-received=1*sleep(600000);store-slow=return",
    "job-stored=1*sleep(600000);store-slow=return",
    "job-rendered=1*sleep(600000)",
    "job-ready=1*sleep(600000)",
    "spool-no-descriptors=5*return",
    "spool-disk-full=5*return",
    "spool-unreadable=3*return",
    "store-down=5*return",
    "booking-fails=3*return",
    "decoder-busy=5*return",
    "clock-stepped=40*off->return(600000)",
];

/// A trouble that comes over the running server.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    /// It is paused for longer than a lease and goes on.
    Pause,
    /// Its table of descriptors is full for a moment.
    NoDescriptors,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_few_times_in_trouble_nothing_paid_is_lost() {
    torture(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: a hundred kills"]
async fn killed_a_hundred_times_in_trouble_nothing_paid_is_lost() {
    torture(number("IMGC_TORTURE_KILLS").unwrap_or(100)).await;
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

async fn torture(kills: u64) {
    let seed = number("IMGC_TORTURE_SEED").unwrap_or_else(rand::random);
    println!("{kills} kills, seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let mut people = signed_in(folder.path(), &outside).await;

    let mut arrived = BTreeSet::new();
    for round in 0..kills {
        let fault = random
            .random_bool(0.7)
            .then(|| *FAULTS.choose(&mut random).unwrap());
        let mut child = start(folder.path(), &outside, fault).await;
        for _ in 0..random.random_range(1..4) {
            let person = random.random_range(0..people.len());
            submit(&people[person], round).await;
        }
        until_something_happens(folder.path(), &mut random).await;
        overcome(&child, &mut random).await;
        kill(&mut child);
        arrived.extend(arrivals(folder.path()).await);
    }

    let mut child = start(folder.path(), &outside, None).await;
    let jobs = settled(folder.path()).await;
    let mut lost = Vec::new();
    for job in &jobs {
        let asked = outside.requests(&job.key).await;
        let mut wrong = job.faults(folder.path()).await;
        if asked > 1 {
            wrong.push(format!("asked {asked} times"));
        }
        if job.state != "ready" && arrived.contains(&job.id) {
            wrong.push("its bytes had arrived".into());
        }
        if !wrong.is_empty() {
            lost.push(format!(
                "{} is {}: {}",
                job.key,
                job.state,
                wrong.join(", ")
            ));
        }
    }
    let ready = jobs.iter().filter(|job| job.state == "ready").count();
    println!(
        "{} jobs, {ready} ready, {} had arrived at a kill",
        jobs.len(),
        arrived.len()
    );
    assert!(lost.is_empty(), "seed {seed}:\n{}", lost.join("\n"));
    assert!(ready > 0, "nothing was ever made");

    erase(folder.path(), &outside, &mut people).await;
    kill(&mut child);
}

/// A life without trouble, in which everybody signs in.
async fn signed_in(folder: &Path, outside: &Outside) -> Vec<Browser> {
    let mut child = start(folder, outside, None).await;
    let mut people = Vec::new();
    for name in PEOPLE {
        let mut browser = Browser::new(&format!("http://{}", outside.site));
        browser.sign_in(name).await;
        people.push(browser);
    }
    kill(&mut child);
    people
}

async fn start(folder: &Path, outside: &Outside, fault: Option<&str>) -> Child {
    let mut more = vec![
        ("IMGC_JOBS_LEASE_S", "5".to_owned()),
        ("IMGC_JOBS_PER_PERSON", "4".to_owned()),
        ("IMGC_LOG_FILTER", "info".to_owned()),
    ];
    for limit in [
        "IMGC_LIMITS_PICTURES_PER_DAY",
        "IMGC_LIMITS_JOBS_PER_MINUTE",
        "IMGC_LIMITS_REQUESTS_PER_MINUTE",
        "IMGC_LIMITS_ACTIVE_JOBS",
        "IMGC_LIMITS_SPEND_PER_DAY_USD",
    ] {
        more.push((limit, "100000".to_owned()));
    }
    if let Some(fault) = fault {
        more.push(("FAILPOINTS", fault.to_owned()));
    }
    outside.server_with(folder, None, &more).await
}

/// Sends a prompt. It may fail: the server is in trouble.
async fn submit(browser: &Browser, round: u64) {
    let key = new_key();
    let prompt = format!("a lighthouse in round {round} [key:{key}]");
    let fields = [
        ("draft[prompt]", prompt.as_str()),
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x1024"),
        ("draft[quality]", "low"),
        ("draft[count]", "1"),
        ("draft[format]", "png"),
        ("request_key", &key),
        ("age", "on"),
        ("lang", "en"),
    ];
    let request = browser
        .form("/api/generate", &fields)
        .timeout(Duration::from_secs(5));
    let _ = request.send().await;
}

/// Waits for a moment of its own choice, or until an answer reached the spool or a
/// row moved on, and then another moment.
async fn until_something_happens(folder: &Path, random: &mut StdRng) {
    if random.random_bool(0.3) {
        return pause_ms(random.random_range(0..600)).await;
    }
    let before = arrivals(folder).await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) && arrivals(folder).await == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let more = *[0, 0, 20, 200, 800].choose(random).unwrap();
    pause_ms(random.random_range(0..=more)).await;
}

async fn pause_ms(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// What comes over the server before it is killed.
async fn overcome(child: &Child, random: &mut StdRng) {
    let trouble = match random.random_range(0..100) {
        0..3 => Trouble::Pause,
        3..15 if cfg!(target_os = "linux") => Trouble::NoDescriptors,
        _ => Trouble::None,
    };
    let id = child.id().to_string();
    match trouble {
        Trouble::None => {}
        Trouble::Pause => {
            run("kill", &["-STOP", &id]);
            tokio::time::sleep(Duration::from_secs(6)).await;
            run("kill", &["-CONT", &id]);
            pause_ms(random.random_range(0..1500)).await;
        }
        Trouble::NoDescriptors => {
            run("prlimit", &["--pid", &id, "--nofile=20:"]);
            pause_ms(random.random_range(0..500)).await;
            run("prlimit", &["--pid", &id, "--nofile=1024:"]);
            pause_ms(random.random_range(0..500)).await;
        }
    }
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(status.is_ok_and(|s| s.success()), "{program} {arguments:?}");
}

/// The jobs whose bytes are safe: from here on nothing may lose them.
async fn arrivals(folder: &Path) -> BTreeSet<String> {
    let data = folder.join("data");
    let mut found = kept::arrived(&data).await;
    let sql = "SELECT id FROM jobs WHERE state IN ('received', 'stored', 'ready')";
    let rows = kept::rows(&data, sql, &[]).await;
    found.extend(rows.iter().map(|row| text(row, "id")));
    found
}

struct Job {
    id: String,
    state: String,
    /// The key in its prompt, by which the painter counts.
    key: String,
    cost_micros: Option<i64>,
}

impl Job {
    /// What is wrong with the row and its pictures.
    async fn faults(&self, folder: &Path) -> Vec<String> {
        let mut wrong = Vec::new();
        let data = folder.join("data");
        let sql = "SELECT id, format, sha256, cost_micros FROM images WHERE job_id = ?1";
        let pictures = kept::rows(&data, sql, &[&self.id]).await;
        match (self.state.as_str(), pictures.as_slice()) {
            ("ready", [picture]) => {
                let (id, format) = (text(picture, "id"), text(picture, "format"));
                let original = kept::object(&data, &format!("originals/{id}.{format}")).await;
                let hash = original.map(|bytes| secrets::sha256(&bytes));
                if hash != Some(text(picture, "sha256")) {
                    wrong.push("its original is missing or another".into());
                }
                let cost = picture["cost_micros"].as_i64().unwrap();
                if self.cost_micros != Some(cost) || cost == 0 {
                    wrong.push(format!(
                        "{:?} were booked, {cost} is the picture's",
                        self.cost_micros
                    ));
                }
            }
            ("ready", pictures) => wrong.push(format!("{} pictures of 1", pictures.len())),
            ("unknown", []) => {}
            (_, pictures) => wrong.push(format!("ended with {} pictures", pictures.len())),
        }
        wrong
    }
}

/// Waits until no job is under way, and tells them all.
async fn settled(folder: &Path) -> Vec<Job> {
    let began = Instant::now();
    loop {
        let sql = "SELECT id, state, prompt, cost_micros FROM jobs";
        let rows = kept::rows(&folder.join("data"), sql, &[]).await;
        let jobs: Vec<Job> = rows
            .iter()
            .map(|row| {
                let prompt = text(row, "prompt");
                let key = prompt.split("[key:").nth(1).unwrap_or_default();
                Job {
                    id: text(row, "id"),
                    state: text(row, "state"),
                    key: key.trim_end_matches(']').to_owned(),
                    cost_micros: row["cost_micros"].as_i64(),
                }
            })
            .collect();
        let ended = |job: &Job| matches!(job.state.as_str(), "ready" | "failed" | "unknown");
        if jobs.iter().all(ended) {
            return jobs;
        }
        assert!(began.elapsed() < PATIENCE * 3, "jobs are still under way");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Everybody leaves at once, and nothing of them stays.
async fn erase(folder: &Path, outside: &Outside, people: &mut [Browser]) {
    let mut stranger = Browser::new(&format!("http://{}", outside.site));
    for (person, name) in people.iter_mut().zip(PEOPLE) {
        // An account is closed with a sign-in of the last minutes.
        person.sign_in(name).await;
        let receipt = close(person, "now").await;
        // A killed node's lease on the erasures may have to run out first.
        let words = "Every file erased";
        until_receipt_says_within(PATIENCE * 3, &mut stranger, &receipt, words).await;
    }
    let data = folder.join("data");
    let mut left = kept::objects(&data).await;
    left.extend(kept::spooled(&data).await);
    let incoming = files_below(&data.join("incoming")).into_iter();
    left.extend(incoming.map(|(path, _)| path.display().to_string()));
    assert_eq!(left, Vec::<String>::new());
}
