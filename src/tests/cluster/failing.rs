//! One of two nodes is killed, or stands still for twice its lease, at every step
//! of a job: no picture is lost once its bytes are safe, nobody asks the painter a
//! second time, and the other node finishes.

use super::{
    assert_whole, counted, has_stand,
    nodes::{Cluster, LEASE, Node},
    within,
};
use crate::{
    crash::fault,
    harness::{
        Browser, PATIENCE,
        folder::files_below,
        stand::{names_below, text},
    },
};
use futures::{StreamExt, stream};
use imgc::server::secrets;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Where a job can be killed: the fail point, the state its row is in then, the
/// state it ends in, and how often the painter was asked.
type Point = (&'static str, &'static str, &'static str, u64);

const POINTS: [Point; 8] = [
    ("job-dispatching", "dispatching", "unknown", 0),
    ("job-answered", "dispatching", "unknown", 1),
    ("job-spooled", "dispatching", "ready", 1),
    ("job-kept", "dispatching", "ready", 1),
    ("job-received", "received", "ready", 1),
    ("job-stored", "stored", "ready", 1),
    ("job-rendered", "ready", "ready", 1),
    ("job-ready", "ready", "ready", 1),
];

/// What the other node may take beyond the lease.
const TAKE_OVER: Duration = Duration::from_secs(15);
/// How many of the points are tried side by side: more would only wait for a processor.
const AT_ONCE: usize = 3;
/// How long a node that is to stand still waits at its point: longer than the other
/// takes to start.
const STANDS_MS: u64 = 12_000;

/// A node that stands at a point with a job, and another that has just started.
struct Scene {
    first: Node,
    second: Node,
    cluster: Cluster,
    job: String,
    key: String,
    ada: Browser,
}

impl Scene {
    /// The second node starts when the first has the job: otherwise it might take it.
    async fn at(point: &str, state: &str, action: &str) -> Scene {
        let cluster = Cluster::start(&[]).await;
        let fault = fault(point, action);
        let first = cluster.node(0, &[("FAILPOINTS", &fault)]).await;
        let mut ada = first.signed_in("Ada Martin").await;
        let (prompt, key) = counted("a lighthouse");
        let job = ada.generate(&prompt).await;
        let is_there = async || {
            let sql = "SELECT state FROM jobs WHERE id = ?1";
            let rows = cluster.rows(sql, &[json!(job)]).await;
            if text(&rows[0], "state") != state {
                return false;
            }
            let painted = async || cluster.stats().await["paintings"] == 1;
            match point {
                "job-answered" => painted().await,
                "job-spooled" => spooled(&cluster, &job).await.contains("manifest.json"),
                "job-kept" => {
                    let objects = cluster.take.objects();
                    !names_below(&objects, "originals").await.is_empty()
                }
                _ => true,
            }
        };
        within(PATIENCE, point, is_there).await;
        // What is seen from outside comes a moment before the point is reached.
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(is_there().await, "{point} was passed by");
        let second = cluster.node(1, &[]).await;
        Scene {
            first,
            second,
            cluster,
            job,
            key,
            ada,
        }
    }

    /// How the job ends, as its owner sees it at the second node.
    async fn ended(&self, states: &[&str]) -> Value {
        self.second
            .browser_of(&self.ada)
            .until(&self.job, states)
            .await
    }

    /// What must be so of every end: at most one call, one picture of a job that is
    /// ready and none of another, the bytes that the row says, nothing in the spool.
    async fn assert_sound(&self, point: &str) {
        let job = json!(self.job);
        let sql = "SELECT state, cost_micros FROM jobs WHERE id = ?1";
        let rows = self.cluster.rows(sql, std::slice::from_ref(&job)).await;
        let row = &rows[0];
        let sql = "SELECT id, format, sha256, cost_micros FROM images WHERE job_id = ?1";
        let images = self.cluster.rows(sql, &[job]).await;
        let asked = self.cluster.asked(&self.key).await;
        assert!(asked <= 1, "{point}: the painter was asked {asked} times");
        if row["state"] != "ready" {
            assert_eq!(images, Vec::new(), "{point}");
            return;
        }
        assert_eq!((asked, images.len()), (1, 1), "{point}");
        let (id, format) = (text(&images[0], "id"), text(&images[0], "format"));
        let key = format!("originals/{id}.{format}");
        let bytes = self.cluster.take.objects().get_at(&key).await.unwrap();
        assert_eq!(
            secrets::sha256(&bytes),
            text(&images[0], "sha256"),
            "{point}"
        );
        assert_eq!(row["cost_micros"], images[0]["cost_micros"], "{point}");
        assert!(row["cost_micros"].as_i64() > Some(0), "{point}");
    }

    async fn assert_spool_is_clean(&self, point: &str) {
        let is_clean = async || spooled(&self.cluster, &self.job).await.is_empty();
        within(PATIENCE, &format!("{point}: the spool is clean"), is_clean).await;
    }
}

/// Names of what is in the spool of a job.
async fn spooled(cluster: &Cluster, job: &str) -> BTreeSet<String> {
    let folder = format!("spool/{job}");
    let names = names_below(&cluster.take.objects(), &folder).await;
    let names = names.into_iter();
    names
        .map(|name| name.rsplit('/').next().unwrap_or_default().to_owned())
        .collect()
}

async fn killed_at((point, state, end, asked): Point) {
    let mut scene = Scene::at(point, state, "sleep(600000)").await;
    scene.first.kill();
    let began = Instant::now();
    let ended = scene.ended(&["ready", "failed", "unknown"]).await;
    let took = began.elapsed();
    assert!(took < LEASE + TAKE_OVER, "{point}: it took {took:?}");
    // Time for a second call, were there one.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let counted = scene.cluster.asked(&scene.key).await;
    assert_eq!(
        (ended["state"].as_str(), counted),
        (Some(end), asked),
        "{point}"
    );
    scene.assert_sound(point).await;
    if end == "ready" {
        assert_whole(&mut scene.second.browser_of(&scene.ada), &ended).await;
        // What a node leaves that is killed after the end is housekeeping's.
        if point != "job-ready" {
            scene.assert_spool_is_clean(point).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn killed_at_any_step_a_job_is_finished_by_the_other_node() {
    if has_stand() {
        let all = stream::iter(POINTS)
            .map(killed_at)
            .buffer_unordered(AT_ONCE);
        all.collect::<()>().await;
    }
}

async fn stopped_at((point, state, ..): Point) {
    let stands = format!("1*sleep({STANDS_MS})");
    let mut scene = Scene::at(point, state, &stands).await;
    scene.first.signal("-STOP");
    tokio::time::sleep(LEASE * 2).await;
    scene.first.signal("-CONT");
    // A call that was not made yet is not made by a node that slept: the job ends
    // without a picture, or is begun anew. Once there was an answer, its picture comes.
    let ends: &[&str] = match point {
        "job-dispatching" => &["ready", "unknown"],
        _ => &["ready"],
    };
    let ended = scene.ended(ends).await;
    // What the woken node still had in mind comes to nothing.
    tokio::time::sleep(LEASE).await;
    scene.assert_sound(point).await;
    let still = scene.ended(ends).await;
    assert_eq!(still["state"], ended["state"], "{point}");
    if still["state"] == "ready" {
        assert_whole(&mut scene.second.browser_of(&scene.ada), &still).await;
        scene.assert_spool_is_clean(point).await;
    } else {
        assert_eq!(scene.cluster.asked(&scene.key).await, 0, "{point}");
    }
    // Both nodes serve and work on.
    for node in [&scene.first, &scene.second] {
        node.browser_of(&scene.ada)
            .picture("a boat afterwards")
            .await;
    }
    scene.first.kill();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long, and needs the stand: make test-all"]
async fn stopped_for_twice_its_lease_at_any_step_a_node_pays_and_loses_nothing() {
    if has_stand() {
        let all = stream::iter(POINTS)
            .map(stopped_at)
            .buffer_unordered(AT_ONCE);
        all.collect::<()>().await;
    }
}

/// A step that is added to a job's way is killed here, too.
#[test]
fn every_fail_point_of_a_job_is_killed_at() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate");
    let mut there = BTreeSet::new();
    for (_, bytes) in files_below(&root) {
        let text = String::from_utf8(bytes).unwrap();
        let found = text.split("fail_point!(\"").skip(1);
        let names = found.filter_map(|rest| rest.split('"').next().map(str::to_owned));
        there.extend(names.filter(|name| name.starts_with("job-")));
    }
    let killed: BTreeSet<String> = POINTS.iter().map(|point| point.0.to_owned()).collect();
    assert_eq!(there, killed);
}
