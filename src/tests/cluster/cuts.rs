//! The way to the database is cut, again and again, at random moments, while two
//! nodes work: before a request arrives, and after it was done and before anybody
//! heard of it. Every job ends all the same, and the sums are exact.
//!
//! The moments are drawn from a seed, which is printed; IMGC_TORTURE_SEED plays the
//! same ones again, as far as two machines can.

use super::{
    counted, has_stand,
    nodes::{Cluster, Node},
    submit, within,
};
use crate::harness::{
    Browser,
    stand::{Row, text},
};
use futures::{StreamExt, stream};
use imgc::{generate::api::Composer, server::secrets};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

const JOBS: usize = 200;
const CUTS: u64 = 500;
/// Jobs that are being submitted at the same time.
const AT_ONCE: usize = 8;
/// How often a form is sent again to which no answer came: each time the same.
const SENT_AGAIN: usize = 60;
/// How long the last job may take once nothing is cut any more.
const UNTIL_ENDED: Duration = Duration::from_secs(420);
const PEOPLE: [&str; 4] = ["Ada Martin", "Sam Rivera", "Kim Okafor", "Mina Okafor"];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn five_hundred_cuts_lose_no_job_and_change_no_sum() {
    if !has_stand() {
        return;
    }
    let seed = std::env::var("IMGC_TORTURE_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse::<u32>().ok());
    let seed = seed.unwrap_or_else(rand::random);
    println!("{CUTS} cuts, {JOBS} jobs, seed {seed}");
    let cluster = Cluster::start(&[]).await;
    let faulty = [("IMGC_DATABASE_URL", cluster.take.faults.as_str())];
    let nodes = [
        cluster.node(0, &faulty).await,
        cluster.node(1, &faulty).await,
    ];
    let mut people = Vec::new();
    for name in PEOPLE {
        people.push(nodes[0].signed_in(name).await);
    }
    let cuts = json!({"cut_before": 0.08, "cut_after": 0.08, "busy": 0.04,
        "delay_ms": [0, 30], "seed": seed});
    cluster.take.set_faults(&cuts).await;

    // Pages are read all the while: what they ask for is cut as well.
    let submitted = AtomicBool::new(false);
    let work = async {
        let keys = submit_all(&nodes, &people).await;
        submitted.store(true, Ordering::Relaxed);
        keys
    };
    let (keys, ()) = tokio::join!(work, read_pages(&cluster, &nodes, &people, &submitted));
    let done = cuts_done(&cluster).await;
    cluster.take.set_faults(&json!({})).await;
    println!("{done} cuts were made");
    assert!(done >= CUTS);

    let active = "SELECT COUNT(*) AS n FROM jobs
        WHERE state IN ('queued', 'dispatching', 'received', 'stored')";
    let all_ended = async || cluster.rows(active, &[]).await[0]["n"] == 0;
    within(UNTIL_ENDED, "every job ends", all_ended).await;
    assert_exact(&cluster, &keys, seed).await;
    assert_each_sees_the_sum(&cluster, &nodes[1], &people).await;
}

async fn cuts_done(cluster: &Cluster) -> u64 {
    let take = &cluster.take;
    take.faults_done("cut_before").await + take.faults_done("cut_after").await
}

/// Submits every job; the keys by which the painter counts them.
async fn submit_all(nodes: &[Node; 2], people: &[Browser]) -> Vec<String> {
    let one = |number| submit_one(nodes, people, number);
    let all = stream::iter(0..JOBS).map(one).buffer_unordered(AT_ONCE);
    all.collect().await
}

/// Sends a form until there is an answer: as somebody who presses the button again.
async fn submit_one(nodes: &[Node; 2], people: &[Browser], number: usize) -> String {
    let browser = nodes[number % 2].browser_of(&people[number % people.len()]);
    let (prompt, key) = counted("a lighthouse");
    for _ in 0..SENT_AGAIN {
        let location = submit(&browser, &prompt, &key).await;
        if location.is_some_and(|location| location.contains("/jobs/")) {
            return key;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("job {number} was never taken");
}

/// Reads pages until there were cuts enough and every job is submitted.
async fn read_pages(
    cluster: &Cluster,
    nodes: &[Node; 2],
    people: &[Browser],
    submitted: &AtomicBool,
) {
    let mut round = 0_usize;
    while !submitted.load(Ordering::Relaxed) || cuts_done(cluster).await < CUTS {
        let browser = nodes[round % 2].browser_of(&people[round % people.len()]);
        let path = ["/library", "/create", "/gallery", "/usage"][round / 2 % 4];
        let request = browser.request(reqwest::Method::GET, path);
        // Whatever it is: an answer that is a page, and no connection that breaks.
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let page = answer.text().await.unwrap();
        assert!(
            status < 400 || page.contains("</html>"),
            "{path}: {status} {page}"
        );
        round += 1;
        assert!(round < 100_000, "there are never cuts enough");
    }
}

/// Each submission is one job; each job that was painted is ready with its one
/// picture at its true cost, and nothing else is.
async fn assert_exact(cluster: &Cluster, keys: &[String], seed: u32) {
    let jobs = cluster
        .rows("SELECT id, state, prompt, cost_micros FROM jobs", &[])
        .await;
    assert_eq!(jobs.len(), keys.len(), "seed {seed}");
    let sql = "SELECT job_id, id, format, sha256, cost_micros FROM images";
    let mut images: HashMap<String, Vec<Row>> = HashMap::new();
    for image in cluster.rows(sql, &[]).await {
        images
            .entry(text(&image, "job_id"))
            .or_default()
            .push(image);
    }
    let stats = cluster.stats().await;
    let objects = cluster.take.objects();
    let (mut wrong, mut ready, mut asked_in_all) = (Vec::new(), 0, 0);
    for job in &jobs {
        let (id, state) = (text(job, "id"), text(job, "state"));
        let prompt = text(job, "prompt");
        let key = prompt.split("[key:").nth(1).unwrap().trim_end_matches(']');
        let asked = stats["by_key"][key].as_u64().unwrap_or(0);
        let own = images.remove(&id).unwrap_or_default();
        asked_in_all += asked;
        ready += usize::from(state == "ready");
        let is_right = match (state.as_str(), asked, own.as_slice()) {
            ("ready", 1, [image]) => {
                let key = format!("originals/{}.{}", text(image, "id"), text(image, "format"));
                let bytes = objects.get_at(&key).await.unwrap_or_default();
                secrets::sha256(&bytes) == text(image, "sha256")
                    && image["cost_micros"] == job["cost_micros"]
                    && job["cost_micros"].as_i64() > Some(0)
            }
            ("unknown" | "failed", 0, []) => job["cost_micros"].is_null(),
            _ => false,
        };
        if !is_right {
            wrong.push(format!(
                "{state}, asked {asked} times, {} pictures: {id}",
                own.len()
            ));
        }
    }
    println!("{ready} of {} jobs are ready", jobs.len());
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
    assert!(images.is_empty(), "pictures of no job: {images:?}");
    assert_eq!(stats["requests"], json!(asked_in_all), "seed {seed}");
    assert!(
        ready * 10 >= JOBS * 8,
        "seed {seed}: only {ready} are ready"
    );
}

/// What is left of each person's allowance is what they did not make.
async fn assert_each_sees_the_sum(cluster: &Cluster, node: &Node, people: &[Browser]) {
    let sql = "SELECT COUNT(*) AS n FROM jobs j JOIN users u ON u.id = j.user_id
        WHERE u.name = ?1 AND j.state = 'ready'";
    for (person, name) in people.iter().zip(PEOPLE) {
        let made = cluster.rows(sql, &[json!(name)]).await[0]["n"]
            .as_u64()
            .unwrap();
        let composer: Value = node
            .browser_of(person)
            .load::<Composer>("/api/composer")
            .await;
        let per_day = composer["pictures_per_day"].as_u64().unwrap();
        assert_eq!(composer["left_today"], json!(per_day - made), "{name}");
    }
}
