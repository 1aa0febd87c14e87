//! What more nodes make of a service whose painter takes three seconds for a
//! picture: pictures a second with one, two and four nodes on one database and one
//! bucket, and the ratios to one node.
//!
//! It needs the stand (IMGC_TEST_STAND names its control address), which
//! `make bench-cluster` starts.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(
    dead_code,
    reason = "the tests' own modules, of which this uses a part"
)]

#[path = "../tests/harness.rs"]
mod harness;
#[path = "../tests/cluster/nodes.rs"]
mod nodes;

use futures::future::join_all;
use harness::{Browser, new_key, on_d1};
use nodes::{Cluster, Node};
use serde_json::json;
use std::time::{Duration, Instant};

const PACE: Duration = Duration::from_secs(3);
/// Jobs that a node works on at once. One, because nodes, painter, database and bucket
/// share this machine: with the four that are built in, sixteen pictures at a time
/// measure how many processors it has, and not what nodes cost each other.
const AT_ONCE: usize = 1;
/// How often each of these places is filled.
const ROUNDS: usize = 8;
/// Nodes, and what is hoped for: so many times what one node makes.
const CASES: [(usize, f64); 3] = [(1, 1.0), (2, 1.9), (4, 3.5)];
const PEOPLE: [&str; 4] = ["Ada Martin", "Sam Rivera", "Kim Okafor", "Mina Okafor"];

#[tokio::main]
async fn main() {
    if !on_d1() {
        println!("skipped: IMGC_TEST_STAND names no stand (make bench-cluster starts one)");
        return;
    }
    println!("a painter paced at {PACE:?}, {AT_ONCE} jobs at once a node, {ROUNDS} rounds");
    let mut one = None;
    for (count, hoped) in CASES {
        let rate = measure(count).await;
        let ratio = rate / *one.get_or_insert(rate);
        println!("{count} nodes: {rate:>6.2} pictures/s, {ratio:.2} times one (hoped: {hoped})");
    }
}

/// Pictures a second with so many nodes.
async fn measure(count: usize) -> f64 {
    let at_once = AT_ONCE.to_string();
    let settings = [
        ("IMGC_JOBS_CONCURRENCY", at_once.as_str()),
        ("IMGC_JOBS_PER_PERSON", "1000"),
        // Nobody dies here, and a busy machine is not to be taken for dead.
        ("IMGC_JOBS_LEASE_S", "60"),
        ("IMGC_LOG_FILTER", "warn"),
    ];
    let cluster = Cluster::paced(PACE, &settings).await;
    let mut nodes = Vec::new();
    for number in 0..count {
        nodes.push(cluster.node(number, &[]).await);
    }
    let mut people = Vec::new();
    for name in PEOPLE {
        people.push(nodes[0].signed_in(name).await);
    }
    // What each node does for the first time is not measured.
    let first = nodes.iter().map(|node| picture(node, &people[0]));
    join_all(first).await;

    let jobs = count * AT_ONCE * ROUNDS;
    let began = Instant::now();
    let all =
        (0..jobs).map(|number| submit(&nodes[number % count], &people[number % people.len()]));
    join_all(all).await;
    let left = "SELECT COUNT(*) AS n FROM jobs WHERE state <> 'ready'";
    while cluster.rows(left, &[]).await[0]["n"] != json!(0) {
        assert!(began.elapsed() < PACE * 40, "the jobs do not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    jobs as f64 / began.elapsed().as_secs_f64()
}

async fn picture(node: &Node, person: &Browser) {
    node.browser_of(person).picture("a first boat").await;
}

async fn submit(node: &Node, person: &Browser) {
    let mut browser = node.browser_of(person);
    let page = browser.submit("a boat", &new_key(), &[]).await;
    assert!(page.location().contains("/jobs/"), "{}", page.location());
}
