//! Nodes: imgc as processes of their own, each with a data folder and a port, on
//! one database and one bucket of the stand. The provider and the painter are one
//! for all of them; they live in the test, survive every node, and count.

use crate::harness::{
    Browser, PATIENCE, QUICK_PIXELS, http_client, listener, site,
    stand::{Row, Take},
};
use imgc_demo::{identity, image_api};
use serde_json::Value;
use std::{
    fs::File,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The lease of a job: what a silent node's jobs wait for.
pub const LEASE: Duration = Duration::from_secs(5);

/// The most nodes of a cluster: the provider knows their addresses before they start.
const MOST: usize = 4;

/// The last lines of a node's log that a failed test shows.
const SHOWN_LINES: usize = 40;

/// Settings of a node: what its environment has on top.
pub type More<'a> = [(&'static str, &'a str)];

/// A database, a bucket, a provider and a painter, for up to four nodes.
pub struct Cluster {
    pub take: Take,
    issuer: String,
    sites: Vec<SocketAddr>,
    folder: TempDir,
    more: Vec<(&'static str, String)>,
}

/// A running node. Killed when it is dropped.
pub struct Node {
    pub base: String,
    pub data: PathBuf,
    process: Child,
}

/// How a node ended that was expected to refuse.
pub struct Refusal {
    pub code: Option<i32>,
    pub said: String,
}

impl Cluster {
    /// A cluster whose painter answers at once, and whose nodes have these settings.
    pub async fn start(more: &More<'_>) -> Cluster {
        Cluster::paced(Duration::ZERO, more).await
    }

    /// As [`Cluster::start`], with a painter that takes so long for a picture.
    pub async fn paced(pace: Duration, more: &More<'_>) -> Cluster {
        Cluster::on(Take::migrated().await, pace, more).await
    }

    /// As [`Cluster::paced`], on this database and bucket.
    pub async fn on(take: Take, pace: Duration, more: &More<'_>) -> Cluster {
        let folder = tempfile::tempdir().unwrap();
        let services = listener();
        let issuer = format!("http://{}", services.local_addr().unwrap());
        // Held until all are known, so that no two are the same.
        let places: Vec<_> = (0..MOST).map(|_| listener()).collect();
        let sites: Vec<SocketAddr> = places.iter().map(|l| l.local_addr().unwrap()).collect();
        let back = |site: &SocketAddr| format!("http://{site}/auth/callback");
        let provider = identity::router(identity::IdentityOptions {
            issuer: issuer.clone(),
            client_id: "cluster".into(),
            client_secret: "cluster-secret".into(),
            redirect_uris: sites.iter().map(back).collect(),
            key_file: folder.path().join("identity.pem"),
        });
        let painter = image_api::router(image_api::ImageApiOptions {
            pace,
            painted_pixels: QUICK_PIXELS,
            api_key: None,
        });
        let app = provider.await.unwrap().merge(painter);
        tokio::spawn(async move { axum::serve(services, app).await });
        let owned = more
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Cluster {
            take,
            issuer,
            sites,
            folder,
            more: owned.collect(),
        }
    }

    /// Where the log of a node is.
    fn log(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("node-{number}.log"))
    }

    /// The data folder of a node.
    pub fn data(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("node-{number}"))
    }

    /// A command of imgc with a node's environment.
    pub fn command(&self, number: usize, more: &More<'_>) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_imgc"), number, more)
    }

    /// As [`Cluster::command`], of another build of imgc: a production whose provider
    /// and painter are ours, with limits that no test meets by chance.
    pub fn command_of(&self, program: &str, number: usize, more: &More<'_>) -> Command {
        let folder = self.folder.path();
        let own = [
            ("LEPTOS_SITE_ADDR", self.sites[number].to_string()),
            ("LEPTOS_SITE_ROOT", site(folder).display().to_string()),
            ("IMGC_DATA_DIR", self.data(number).display().to_string()),
            ("IMGC_OIDC_ISSUER", self.issuer.clone()),
            ("IMGC_OIDC_CLIENT_ID", "cluster".to_owned()),
            ("IMGC_OIDC_CLIENT_SECRET", "cluster-secret".to_owned()),
            ("IMGC_OPENAI_BASE_URL", format!("{}/v1", self.issuer)),
            ("IMGC_OPENAI_API_KEY", "any".to_owned()),
            ("IMGC_CONTACT", "cluster@example.com".to_owned()),
            ("IMGC_OPERATOR_NAME", "Pictures Ltd".to_owned()),
            ("IMGC_SIGN_UP_MODE", "open".to_owned()),
            ("IMGC_JOBS_LEASE_S", LEASE.as_secs().to_string()),
            ("IMGC_JOBS_PER_PERSON", "4".to_owned()),
            // A job that stands still at a fail point takes a thread along.
            ("TOKIO_WORKER_THREADS", "4".to_owned()),
        ];
        let limits = [
            "IMGC_LIMITS_PICTURES_PER_DAY",
            "IMGC_LIMITS_ACTIVE_JOBS",
            "IMGC_LIMITS_SPEND_PER_DAY_USD",
            "IMGC_LIMITS_JOBS_PER_MINUTE",
            "IMGC_LIMITS_SIGN_INS_PER_MINUTE",
            "IMGC_LIMITS_REQUESTS_PER_MINUTE",
        ];
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .env_remove("FAILPOINTS")
            .envs(own)
            .envs(limits.map(|limit| (limit, "100000")))
            .envs(self.take.environment())
            .envs(self.more.iter().cloned())
            .envs(more.iter().copied())
            .stdin(Stdio::null());
        command
    }

    /// As [`Cluster::command`], on the embedded engine in the node's data folder.
    pub fn alone(&self, number: usize) -> Command {
        let mut command = self.command(number, &[]);
        for (name, _) in self.take.environment() {
            command.env_remove(name);
        }
        command
    }

    /// Starts a node and waits until it answers.
    pub async fn node(&self, number: usize, more: &More<'_>) -> Node {
        self.node_of(self.command(number, more), number).await
    }

    /// As [`Cluster::node`], by a command that may be of another program.
    pub async fn node_of(&self, mut command: Command, number: usize) -> Node {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log(number));
        let log = log.unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let mut node = Node {
            base: format!("http://{}", self.sites[number]),
            data: self.data(number),
            process: command.spawn().unwrap(),
        };
        let began = Instant::now();
        while node.status("/healthz").await != Some(200) {
            let ended = node.process.try_wait().unwrap();
            assert!(ended.is_none(), "node {number} ended: {ended:?}");
            assert!(began.elapsed() < PATIENCE, "node {number} does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        node
    }

    /// Starts a node that is to refuse, and waits for its end.
    pub async fn refused(&self, number: usize, more: &More<'_>) -> Refusal {
        self.ended(self.command(number, more)).await
    }

    /// Runs a command to its end.
    pub async fn ended(&self, mut command: Command) -> Refusal {
        let said = self
            .folder
            .path()
            .join(format!("{}.out", uuid::Uuid::new_v4()));
        let file = File::create(&said).unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut process = command.spawn().unwrap();
        let began = Instant::now();
        let code = loop {
            if let Some(status) = process.try_wait().unwrap() {
                break status.code();
            }
            if began.elapsed() > PATIENCE * 5 {
                process.kill().unwrap();
                process.wait().unwrap();
                panic!("it goes on: {}", read(&said));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        Refusal {
            code,
            said: read(&said),
        }
    }

    /// What the painter counted.
    pub async fn stats(&self) -> Value {
        let address = format!("{}/v1/demo/stats", self.issuer);
        let answer = http_client().get(address).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    /// How often the painter was asked for the job with this key.
    pub async fn asked(&self, key: &str) -> u64 {
        self.stats().await["by_key"][key].as_u64().unwrap_or(0)
    }

    /// The rows of a statement that reads.
    pub async fn rows(&self, sql: &str, values: &[Value]) -> Vec<Row> {
        self.take.rows(sql, values).await
    }
}

impl Node {
    /// A browser with no cookies.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser signed in as this person.
    pub async fn signed_in(&self, person: &str) -> Browser {
        let mut browser = self.browser();
        browser.sign_in(person).await;
        browser
    }

    /// The browser of somebody who signed in at another node, sent here now.
    pub fn browser_of(&self, other: &Browser) -> Browser {
        let mut browser = self.browser();
        browser.cookies.clone_from(&other.cookies);
        browser
    }

    /// The status of an answer; `None` without one.
    pub async fn status(&self, path: &str) -> Option<u16> {
        let request = http_client().get(format!("{}{path}", self.base));
        let answer = request.timeout(PATIENCE).send().await;
        answer.ok().map(|answer| answer.status().as_u16())
    }

    /// The text of an answer.
    pub async fn text(&self, path: &str) -> String {
        let request = http_client().get(format!("{}{path}", self.base));
        let answer = request.timeout(PATIENCE).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// kill -9: nothing is flushed, nothing is said.
    pub fn kill(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(mut self) {
        self.signal("-TERM");
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends a signal: -STOP, -CONT, -TERM.
    pub fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args([signal, &id]).status();
        assert!(told.unwrap().success(), "{signal}");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Drop for Cluster {
    /// A test that failed shows what the nodes said last: their logs go with the folder.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        for number in 0..MOST {
            let log = read(&self.log(number));
            let lines: Vec<&str> = log.lines().collect();
            let last = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            if !last.is_empty() {
                println!("--- node {number}:\n{}", last.join("\n"));
            }
        }
    }
}

fn read(path: &std::path::Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
