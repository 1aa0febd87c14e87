//! kill -9 in each state of a job: nothing paid is lost, nothing is paid twice.
//!
//! The server is a process of its own, stopped at a fail point and killed from
//! outside; the painter and the provider live on in the test and count.

use crate::harness::{
    Browser, PATIENCE, QUICK_PIXELS, folder, http_client, job_id, listener, new_key, on_d1, site,
    stand::Take,
};
use imgc_demo::{identity, image_api};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The lease of a server that shares its database: after a restart it is another
/// node, and takes up its former life's jobs only when their leases have run out.
const SHARED_LEASE_S: &str = "5";

/// The provider and the painter that survive the server, and where the run has a
/// stand, its database and its bucket.
pub struct Outside {
    pub issuer: String,
    pub site: String,
    take: Option<Take>,
}

impl Outside {
    pub async fn start(folder: &Path) -> Outside {
        let (services, site) = (listener(), listener());
        let address = services.local_addr().unwrap();
        let site = site.local_addr().unwrap().to_string();
        let issuer = format!("http://{address}");
        let provider = identity::router(identity::IdentityOptions {
            issuer: issuer.clone(),
            client_id: "crash".into(),
            client_secret: "crash-secret".into(),
            redirect_uris: vec![format!("http://{site}/auth/callback")],
            key_file: folder.join("identity.pem"),
        });
        let painter = image_api::router(image_api::ImageApiOptions {
            pace: Duration::ZERO,
            painted_pixels: QUICK_PIXELS,
            api_key: None,
        });
        let app = provider.await.unwrap().merge(painter);
        tokio::spawn(async move { axum::serve(services, app).await });
        let take = if on_d1() {
            Some(Take::of(&folder.join("data")).await)
        } else {
            None
        };
        Outside { issuer, site, take }
    }

    async fn stats(&self) -> serde_json::Value {
        let stats = http_client()
            .get(format!("{}/v1/demo/stats", self.issuer))
            .send()
            .await;
        serde_json::from_str(&stats.unwrap().text().await.unwrap()).unwrap()
    }

    /// How often the painter was asked for the job with this key.
    pub async fn requests(&self, key: &str) -> u64 {
        self.stats().await["by_key"][key].as_u64().unwrap_or(0)
    }

    /// How many paintings left the painter.
    async fn paintings(&self) -> u64 {
        self.stats().await["paintings"].as_u64().unwrap_or(0)
    }

    /// The server's environment: a production whose provider and painter are ours.
    pub fn environment(&self, folder: &Path) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("LEPTOS_SITE_ADDR", self.site.clone()),
            ("IMGC_DATA_DIR", folder.join("data").display().to_string()),
            ("IMGC_OIDC_ISSUER", self.issuer.clone()),
            ("IMGC_OIDC_CLIENT_ID", "crash".into()),
            ("IMGC_OIDC_CLIENT_SECRET", "crash-secret".into()),
            ("IMGC_OPENAI_BASE_URL", format!("{}/v1", self.issuer)),
            ("IMGC_OPENAI_API_KEY", "any".into()),
            ("IMGC_CONTACT", "crash@example.com".into()),
            ("IMGC_OPERATOR_NAME", "Pictures Ltd".into()),
            ("IMGC_SIGN_UP_MODE", "open".into()),
            ("LEPTOS_SITE_ROOT", site(folder).display().to_string()),
            // Everything a log can say, for the tests that search it.
            (
                "IMGC_LOG_DIR",
                folder.join("data/logs").display().to_string(),
            ),
            ("IMGC_LOG_FILTER", "debug".into()),
        ];
        if let Some(take) = &self.take {
            all.extend(take.environment());
            all.push(("IMGC_JOBS_LEASE_S", SHARED_LEASE_S.to_owned()));
        }
        all
    }

    /// Starts the server; `failpoint` is where it will stand still.
    pub async fn server(&self, folder: &Path, failpoint: Option<&str>) -> Child {
        self.server_with(folder, failpoint, &[]).await
    }

    /// As [`Outside::server`], with more in its environment.
    pub async fn server_with(
        &self,
        folder: &Path,
        failpoint: Option<&str>,
        more: &[(&'static str, String)],
    ) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_imgc"));
        command
            .current_dir(folder)
            .env_remove("FAILPOINTS")
            .envs(self.environment(folder))
            .envs(more.iter().cloned())
            // No terminal, as where a server runs.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(point) = failpoint {
            command.env("FAILPOINTS", fault(point, "sleep(600000)"));
        }
        let child = command.spawn().unwrap();
        let began = Instant::now();
        // Not whether it is ready: some tests take away what it needs for that.
        let address = format!("http://{}/healthz", self.site);
        let client = http_client();
        let answers = async || {
            let answer = client.get(&address).send().await;
            answer.is_ok_and(|r| r.status() == 200)
        };
        // Where it shares its database, it may wait for the lease on an erasure that
        // its former life was killed in.
        let patience = if on_d1() { PATIENCE * 2 } else { PATIENCE };
        while !answers().await {
            assert!(began.elapsed() < patience, "the server did not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        child
    }
}

/// The fail points by which a server does this at a point. Where the object store is
/// quick, no job is ever seen in the states between its answer and its end.
pub fn fault(point: &str, action: &str) -> String {
    let slow = if ["job-received", "job-stored"].contains(&point) {
        ";store-slow=return"
    } else {
        ""
    };
    format!("{point}={action}{slow}")
}

/// kill -9: nothing is flushed, nothing is said.
pub fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Waits until the database has a job in this state, while the server stands still.
pub async fn wait_for_state(folder: &Path, id: &str, state: &str) {
    let began = Instant::now();
    while folder::state_of(&folder.join("data"), id).await != state {
        assert!(began.elapsed() < PATIENCE, "never {state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // The row changes just before the fail point is reached.
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// Kills the server at a fail point and returns how the job ended after the
/// restart, with how often the painter was asked.
async fn killed_at(point: &str, state: &str) -> (serde_json::Value, u64) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), Some(point)).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let key = new_key();
    let id = ada.generate(&format!("a lighthouse [key:{key}]")).await;
    wait_for_state(folder.path(), &id, state).await;
    if state == "dispatching" && point != "job-dispatching" {
        let began = Instant::now();
        let answered = async || {
            let spooled = async || folder::arrived(&data).await.contains(&id);
            outside.paintings().await == 1 && (point == "job-answered" || spooled().await)
        };
        while !answered().await {
            assert!(began.elapsed() < PATIENCE, "the painter never answered");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // The answer is counted as it is sent; it still has to arrive.
        tokio::time::sleep(Duration::from_millis(1000)).await;
    }
    assert_eq!(folder::state_of(&data, &id).await, state, "{point}");
    if point == "job-kept" {
        let mut objects = folder::objects(&data).await;
        objects.retain(|key| key.contains("originals/"));
        assert_eq!(objects.len(), 1, "{point}");
    }
    kill(&mut child);

    let mut child = outside.server(folder.path(), None).await;
    let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
    // Time for a second call, were there one.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = outside.requests(&key).await;
    if job["state"] == "ready" {
        let image = job["images"][0]["id"].as_str().unwrap();
        let path = format!("/files/{image}/original.png");
        assert_eq!(ada.get_bytes(&path).await.0, 200, "the picture is whole");
        let spooled = folder::spooled(&data).await;
        assert!(
            !spooled.iter().any(|name| name.contains(&id)),
            "{spooled:?}"
        );
        assert!(
            !data.join("spool").join(&id).exists(),
            "the spool is cleaned"
        );
    }
    kill(&mut child);
    (job, asked)
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_call_is_unknown_and_was_not_paid() {
    let (job, asked) = killed_at("job-dispatching", "dispatching").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("unknown", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_the_answer_in_memory_is_unknown_and_not_paid_twice() {
    let (job, asked) = killed_at("job-answered", "dispatching").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("unknown", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_the_answer_in_the_spool_is_finished() {
    let (job, asked) = killed_at("job-spooled", "dispatching").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("ready", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_with_the_original_in_the_object_store_is_finished() {
    let (job, asked) = killed_at("job-kept", "dispatching").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("ready", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_is_booked_where_its_rows_cannot_be_written_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let points = "booking-fails=1*return->off;job-received=sleep(600000)".to_owned();
    let points = [("FAILPOINTS", points)];
    let mut child = outside.server_with(folder.path(), None, &points).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let key = new_key();
    let id = ada.generate(&format!("a fox [key:{key}]")).await;
    wait_for_state(folder.path(), &id, "received").await;
    kill(&mut child);
    let mut child = outside.server(folder.path(), None).await;
    let job = ada.until(&id, &["ready"]).await;
    assert!(job["settled"] == true, "{job}");
    assert_eq!(outside.requests(&key).await, 1);
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_received_is_finished() {
    let (job, asked) = killed_at("job-received", "received").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("ready", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_stored_is_finished() {
    let (job, asked) = killed_at("job-stored", "stored").await;
    assert_eq!((job["state"].as_str().unwrap(), asked), ("ready", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_when_ready_stays_ready_and_gets_its_renditions() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    let mut child = outside.server(folder.path(), Some("job-ready")).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let key = new_key();
    let id = ada.generate(&format!("a fox [key:{key}]")).await;
    wait_for_state(folder.path(), &id, "ready").await;
    kill(&mut child);
    let mut child = outside.server(folder.path(), None).await;
    let job = ada.job(&id).await;
    assert_eq!(job["state"], "ready");
    let image = job["images"][0]["id"].as_str().unwrap();
    let began = Instant::now();
    loop {
        let answer = ada.get(&format!("/files/{image}/640.webp")).await;
        assert_eq!(answer.status, 200, "something is shown at any time");
        // Among many nodes they are its former life's to make for a minute.
        if answer.header("content-type") == "image/webp" || on_d1() {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "no rendition followed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(outside.requests(&key).await, 1);
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_group_the_rest_of_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    // The first of them holds the worker loop; the others wait.
    let mut child = outside.server(folder.path(), Some("job-dispatching")).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let key = new_key();
    let prompt = format!("three boats [key:{key}]");
    let three = [("draft[count]", "3")];
    let id = job_id(&ada.submit(&prompt, &key, &three).await);
    wait_for_state(folder.path(), &id, "dispatching").await;
    kill(&mut child);
    let mut child = outside.server(folder.path(), None).await;
    let job = ada.until(&id, &["ready", "failed", "unknown"]).await;
    assert_eq!(job["state"], "ready", "{job}");
    assert_eq!(job["images"].as_array().unwrap().len(), 2);
    assert_eq!(job["failure"]["kind"], "answer_lost");
    assert_eq!(outside.requests(&key).await, 2, "nothing was called twice");
    // Sent once more, it is the same request.
    assert_eq!(job_id(&ada.submit(&prompt, &key, &three).await), id);
    kill(&mut child);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_queued_runs_after_the_restart() {
    let folder = tempfile::tempdir().unwrap();
    let outside = Outside::start(folder.path()).await;
    // The first job holds the worker loop at its fail point; the second waits.
    let mut child = outside.server(folder.path(), Some("job-dispatching")).await;
    let mut ada = Browser::new(&format!("http://{}", outside.site));
    ada.sign_in("Ada Martin").await;
    let first = ada.generate("the first").await;
    wait_for_state(folder.path(), &first, "dispatching").await;
    let key = new_key();
    let second = ada.generate(&format!("the second [key:{key}]")).await;
    let state = folder::state_of(&folder.path().join("data"), &second).await;
    assert_eq!(state, "queued");
    kill(&mut child);
    let mut child = outside.server(folder.path(), None).await;
    ada.until(&second, &["ready"]).await;
    assert_eq!(outside.requests(&key).await, 1);
    kill(&mut child);
}
