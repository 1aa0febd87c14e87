//! The engine for many nodes: Cloudflare D1, through a gateway of ours that runs
//! each call as one batch (`deploy/cloudflare/gateway.mjs`).
//!
//! A trip there takes long, so reads share one; what a node does not hear the end
//! of may have happened all the same, so writes say so ([`DbError::Unknown`]).

mod bus;
mod gateway;
mod migrations;
mod retry;
mod wire;

use self::{
    bus::Bus,
    gateway::Gateway,
    wire::{Encoded, encode},
};
use super::{
    engine::{Access, Statement, parameters},
    errors::{DbError, OpenError},
    public::Changing,
    rows::{Row, Value},
    schema::Schema,
};
use secrecy::SecretString;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use url::Url;

/// Writes under way at the same time: each may wait for half a minute, and with
/// its statements, where the gateway does not answer.
const WRITES_AT_ONCE: usize = 64;

/// The database behind a gateway, and the way there.
#[derive(Clone)]
pub struct D1Settings {
    /// The gateway's address, `/v1/batch` and `/v1/hello` being below it.
    pub url: Url,
    /// The gateway's bearer secret; `None` where the way there is closed to others.
    pub secret: Option<SecretString>,
    /// The client that calls are made with. It follows no redirects, unpacks
    /// nothing, and gives a connection less than ten seconds to come to be.
    pub client: reqwest::Client,
}

/// D1. Cheap to clone.
#[derive(Clone)]
pub(super) struct D1 {
    gateway: Arc<Gateway>,
    bus: Bus,
    /// The writes under way, and the places for them.
    writes: TaskTracker,
    places: Arc<Semaphore>,
    read_only: bool,
}

impl D1 {
    /// Opens the database if its schema is this version's, or makes it so.
    pub(super) async fn open(settings: &D1Settings, access: Access) -> Result<D1, OpenError> {
        let gateway = Arc::new(Gateway::new(settings)?);
        if access == Access::Migrate {
            migrations::apply(&gateway).await?;
        } else {
            migrations::require(&gateway).await?;
        }
        Ok(D1::new(gateway, access == Access::ReadOnly))
    }

    fn new(gateway: Arc<Gateway>, read_only: bool) -> D1 {
        D1 {
            bus: Bus::start(gateway.clone()),
            gateway,
            writes: TaskTracker::new(),
            places: Arc::new(Semaphore::new(WRITES_AT_ONCE)),
            read_only,
        }
    }

    /// How the schema stands to this version's.
    pub(super) async fn schema(settings: &D1Settings) -> Result<Schema, OpenError> {
        let hello = retry::hello(&Gateway::new(settings)?).await?;
        Ok(migrations::judge(&hello.migrations)?)
    }

    /// Applies the migrations that are missing.
    pub(super) async fn migrate(settings: &D1Settings) -> Result<(i64, i64), OpenError> {
        migrations::apply(&Gateway::new(settings)?).await
    }

    /// Rows of statements that only read.
    pub(super) async fn read(&self, statements: &[Statement]) -> Result<Vec<Vec<Row>>, DbError> {
        self.bus.ride(encode(statements)?).await
    }

    /// Runs statements as one.
    pub(super) async fn write(
        &self,
        statements: &[Statement],
        repeatable: bool,
        changing: Changing,
    ) -> Result<Vec<Vec<Row>>, DbError> {
        if self.read_only {
            tracing::error!("the database was opened to be read");
            return Err(DbError::Failed);
        }
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let (gateway, encoded) = (self.gateway.clone(), encode(statements)?);
        // Whoever gives up while waiting here has sent nothing.
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(|_| DbError::Failed)?;
        // A task of its own: a request that is dropped half-way must not break
        // the call off, nor the second try of what may be repeated.
        let task = self.writes.spawn(async move {
            let _held = (place, changing);
            retry::write(&gateway, &encoded, repeatable).await
        });
        task.await.map_err(|_| DbError::Unknown)?
    }

    /// Cuts statements into batches that a call can carry, in order.
    pub(super) fn slices(statements: Vec<Statement>) -> Vec<Vec<Statement>> {
        wire::slices(statements)
    }

    /// Fails unless the database answers.
    pub(super) async fn ping(&self) -> Result<(), DbError> {
        match self.gateway.hello().await {
            Ok(_) => Ok(()),
            Err(trouble) => {
                let words = trouble.words;
                tracing::warn!(%words, "the database does not answer");
                Err(DbError::Failed)
            }
        }
    }

    /// Has a statement explained, which prepares it and does not run it.
    pub(super) async fn prepare(&self, sql: &'static str) -> Result<(), DbError> {
        let values = vec![Value::Null; parameters(sql)];
        let explain = Encoded::text(sql, &format!("EXPLAIN {sql}"), &values)?;
        self.bus.ride(vec![explain]).await.map(|_| ())
    }

    /// The database's clock minus ours, in milliseconds.
    pub(super) fn clock_offset_ms(&self) -> Option<i64> {
        self.gateway.clock_offset_ms()
    }

    /// Number of calls so far.
    pub(super) fn calls(&self) -> u64 {
        self.gateway.calls()
    }

    /// Waits for the writes under way.
    pub(super) async fn close(&self) {
        self.writes.close();
        self.writes.wait().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        server::tls,
        store::{
            errors::SharedError, public::PublicVersion, rows::INTEGER_MAX, schema::MIGRATIONS,
        },
    };
    use axum::{Router, http::HeaderMap, http::StatusCode};
    use serde_json::{Value as Json, json};
    use std::{
        sync::{
            Mutex,
            atomic::{AtomicBool, AtomicUsize, Ordering},
        },
        time::Duration,
    };
    use tokio::net::TcpListener;

    /// What a gateway that a test plays was asked: headers, and a call's body.
    type Asked = Arc<Mutex<Vec<(HeaderMap, Json)>>>;

    fn settings(address: std::net::SocketAddr) -> D1Settings {
        D1Settings {
            url: Url::parse(&format!("http://{address}/db/1")).expect("an address"),
            secret: Some("hidden".into()),
            client: tls::client_builder().build().expect("a client"),
        }
    }

    /// Plays a gateway: `play` is given the number of each request, from 1, and
    /// its body, null where there is none.
    async fn played(
        play: impl Fn(usize, &Json) -> (u16, Json) + Send + Sync + 'static,
    ) -> (D1Settings, Asked) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let settings = settings(listener.local_addr().expect("an address"));
        let asked = Asked::default();
        let (noted, play) = (asked.clone(), Arc::new(play));
        let answer = move |headers: HeaderMap, body: String| {
            let body = serde_json::from_str(&body).unwrap_or(Json::Null);
            let number = {
                let mut noted = noted.lock().expect("nobody panics");
                noted.push((headers, body.clone()));
                noted.len()
            };
            let (status, said) = play(number, &body);
            let status = StatusCode::from_u16(status).expect("a status");
            async move { (status, axum::Json(said)) }
        };
        let app = Router::new().fallback(answer);
        tokio::spawn(async move { axum::serve(listener, app).await });
        (settings, asked)
    }

    /// No write of anything public.
    fn nothing() -> Changing {
        PublicVersion::new(false).changing(&[])
    }

    fn opened(settings: &D1Settings) -> D1 {
        D1::new(Arc::new(Gateway::new(settings).expect("can be")), false)
    }

    /// One row a statement: its SQL and its first parameter.
    fn rows_of(body: &Json) -> (u16, Json) {
        let row = |statement: &Json| {
            let (sql, value) = (&statement[0], &statement[1][0]);
            json!({"columns": ["sql", "value"], "rows": [[sql, value]]})
        };
        let statements = body["statements"].as_array().expect("a call");
        let results: Vec<Json> = statements.iter().map(row).collect();
        (200, json!({"now": 0, "bookmark": "b", "results": results}))
    }

    fn refusal(status: u16) -> (u16, Json) {
        let word = match status {
            409 => "constraint",
            422 => "refused",
            503 => "busy",
            _ => "other",
        };
        (status, json!({"error": word}))
    }

    fn one(sql: &'static str) -> [Statement; 1] {
        [Statement::new(sql)]
    }

    #[tokio::test]
    async fn reads_at_the_same_time_share_a_call() {
        let (settings, asked) = played(|_, body| rows_of(body)).await;
        let db = &opened(&settings);
        let read = |n: i64| async move {
            let rows = db.read(&[Statement::new("SELECT ?1").bind(n)]).await;
            rows.expect("reads")[0][0].int("value")
        };
        // As many thumbnails as a page has.
        futures::future::join_all((0..48).map(read)).await;
        assert!(db.calls() <= 3, "{} calls", db.calls());
        asked.lock().expect("nobody panics").clear();
        let all = futures::future::join_all((0..70).map(read)).await;
        let expected: Vec<Result<i64, DbError>> = (0..70).map(Ok).collect();
        assert_eq!(all, expected);
        let asked = asked.lock().expect("nobody panics");
        let lengths: Vec<usize> = asked
            .iter()
            .map(|(_, body)| body["statements"].as_array().map_or(0, Vec::len))
            .collect();
        assert!(lengths.len() <= 5, "{lengths:?}");
        assert!(lengths.iter().all(|length| *length <= 50), "{lengths:?}");
        assert_eq!(lengths.iter().sum::<usize>(), 70);
        for (headers, body) in asked.iter() {
            assert_eq!(headers["authorization"], "Bearer hidden");
            assert_eq!(headers["imgc-protocol"], "1");
            assert_eq!(body["mode"], "read");
        }
    }

    #[tokio::test]
    async fn reads_that_belong_together_travel_together() {
        let (settings, asked) = played(|_, body| rows_of(body)).await;
        let db = opened(&settings);
        let three = [1_i64, 2, 3].map(|n| Statement::new("SELECT ?1").bind(n));
        let rows = db.read(&three).await.expect("reads");
        let values: Vec<_> = rows.iter().map(|rows| rows[0].int("value")).collect();
        assert_eq!(values, [Ok(1), Ok(2), Ok(3)]);
        assert_eq!(asked.lock().expect("nobody panics").len(), 1);
    }

    #[tokio::test]
    async fn whoever_is_refused_does_not_spoil_it_for_the_others() {
        let (settings, _) = played(|_, body| {
            let said = body.to_string();
            if said.contains("nonsense") {
                return refusal(422);
            }
            rows_of(body)
        })
        .await;
        let db = &opened(&settings);
        let read = |n: usize| async move {
            let sql = ["SELECT 1", "SELECT nonsense"][usize::from(n == 5)];
            db.read(&one(sql)).await.map(|rows| rows.len())
        };
        let all = futures::future::join_all((0..10).map(read)).await;
        for (n, result) in all.into_iter().enumerate() {
            let expected = if n == 5 { Err(DbError::Failed) } else { Ok(1) };
            assert_eq!(result, expected, "{n}");
        }
    }

    /// What a call comes to whose tries are answered so, and how many it made.
    async fn tried<F: Future<Output = Result<Vec<Vec<Row>>, DbError>>>(
        statuses: &'static [u16],
        call: impl FnOnce(D1) -> F,
    ) -> (Option<DbError>, usize) {
        let (settings, asked) = played(move |number, body| match statuses.get(number - 1) {
            Some(status) => refusal(*status),
            None => rows_of(body),
        })
        .await;
        let result = call(opened(&settings)).await;
        let made = asked.lock().expect("nobody panics").len();
        (result.err(), made)
    }

    #[tokio::test]
    async fn reads_are_tried_again() {
        let failed = Some(DbError::Failed);
        let cases: [(&[u16], Option<DbError>, usize); 7] = [
            (&[503, 503], None, 3),
            (&[503, 503, 503], failed, 3),
            (&[502], None, 2),
            (&[502, 502], failed, 2),
            (&[503, 502, 503], None, 4),
            (&[422], failed, 1),
            (&[401], failed, 1),
        ];
        for (statuses, error, made) in cases {
            let read = |db: D1| async move { db.read(&one("SELECT 1")).await };
            assert_eq!(tried(statuses, read).await, (error, made), "{statuses:?}");
        }
    }

    #[tokio::test]
    async fn writes_are_tried_again_where_that_cannot_do_them_twice() {
        let (failed, unknown) = (Some(DbError::Failed), Some(DbError::Unknown));
        let constraint = Some(DbError::Constraint);
        let cases: [(&[u16], bool, Option<DbError>, usize); 9] = [
            (&[503, 503], false, None, 3),
            (&[503, 503, 503], false, failed, 3),
            (&[409], false, constraint, 1),
            (&[422], true, failed, 1),
            (&[502], false, unknown, 1),
            (&[502], true, None, 2),
            (&[502, 502], true, unknown, 2),
            // What comes after does not tell what became of the first.
            (&[502, 503, 503, 503], true, unknown, 4),
            (&[502, 422], true, unknown, 2),
        ];
        for (statuses, repeatable, error, made) in cases {
            let write = |db: D1| async move {
                db.write(&one("DELETE FROM jobs"), repeatable, nothing())
                    .await
            };
            let came = tried(statuses, write).await;
            assert_eq!(came, (error, made), "{statuses:?} {repeatable}");
        }
    }

    #[tokio::test]
    async fn only_before_a_connection_stands_is_it_certain_that_nothing_was_done() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let came = Arc::new(AtomicUsize::new(0));
        let counted = came.clone();
        let cutting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.readable().await.expect("a request");
                let _ = stream.try_read(&mut [0; 4096]);
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let db = opened(&settings(address));
        let written = db.write(&one("DELETE FROM jobs"), false, nothing()).await;
        assert_eq!(written.err(), Some(DbError::Unknown));
        assert_eq!(came.load(Ordering::Relaxed), 1);
        let written = db.write(&one("DELETE FROM jobs"), true, nothing()).await;
        assert_eq!(written.err(), Some(DbError::Unknown));
        assert_eq!(came.load(Ordering::Relaxed), 3);
        // With the task goes its listener.
        cutting.abort();
        let _ = cutting.await;
        let written = db.write(&one("DELETE FROM jobs"), true, nothing()).await;
        assert_eq!(written.err(), Some(DbError::Failed));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn a_write_goes_on_when_nobody_waits_for_it() {
        let done = Arc::new(AtomicBool::new(false));
        let noted = done.clone();
        let (settings, _) = played(move |_, body| {
            std::thread::sleep(Duration::from_millis(300));
            noted.store(true, Ordering::Relaxed);
            rows_of(body)
        })
        .await;
        let db = opened(&settings);
        let statements = one("DELETE FROM jobs");
        let write = db.write(&statements, false, nothing());
        let waited = tokio::time::timeout(Duration::from_millis(50), write).await;
        assert!(waited.is_err());
        db.close().await;
        assert!(done.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn what_cannot_be_kept_never_leaves() {
        let (settings, asked) = played(|_, body| rows_of(body)).await;
        let db = opened(&settings);
        let large = Statement::new("SELECT ?1").bind(INTEGER_MAX + 1);
        assert_eq!(db.read(&[large]).await.err(), Some(DbError::Shape));
        let many = vec![Statement::new("SELECT 1"); 51];
        assert_eq!(
            db.write(&many, false, nothing()).await.err(),
            Some(DbError::Shape)
        );
        assert_eq!(
            db.write(&[], false, nothing()).await.map(|rows| rows.len()),
            Ok(0)
        );
        let mut reading = opened(&settings);
        reading.read_only = true;
        let written = reading
            .write(&one("DELETE FROM jobs"), false, nothing())
            .await;
        assert_eq!(written.err(), Some(DbError::Failed));
        assert!(asked.lock().expect("nobody panics").is_empty());
        // What it would do is asked without doing it.
        db.prepare("UPDATE jobs SET state = ?2 WHERE id = ?1")
            .await
            .expect("is explained");
        let asked = asked.lock().expect("nobody panics");
        let explain = json!([
            "EXPLAIN UPDATE jobs SET state = ?2 WHERE id = ?1",
            [null, null]
        ]);
        assert_eq!(asked[0].1["statements"], json!([explain]));
        assert_eq!(asked[0].1["mode"], "read");
    }

    #[tokio::test]
    async fn the_clocks_are_compared_at_each_answer() {
        let (settings, asked) = played(|_, body| {
            let (status, mut said) = rows_of(body);
            let since_epoch = std::time::SystemTime::UNIX_EPOCH.elapsed();
            let now = since_epoch.expect("after 1970").as_millis();
            said["now"] = json!(u64::try_from(now).expect("before the sun ends") + 5000);
            (status, said)
        })
        .await;
        let db = opened(&settings);
        assert_eq!(db.clock_offset_ms(), None);
        for _ in 0..2 {
            db.read(&one("SELECT 1")).await.expect("reads");
            let offset = db.clock_offset_ms().expect("is known");
            assert!((4000..=6000).contains(&offset), "{offset}");
        }
        // The second call knows what the first one saw.
        let asked = asked.lock().expect("nobody panics");
        let bookmarks = [&asked[0].1["bookmark"], &asked[1].1["bookmark"]];
        assert_eq!(bookmarks, ["", "b"]);
    }

    fn said_hello(protocol: u32, migrations: &[&str]) -> (u16, Json) {
        let hello = json!({"protocol": protocol, "now": 0, "migrations": migrations});
        (200, hello)
    }

    #[tokio::test]
    async fn what_stands_in_the_way_of_opening_is_named() {
        let all: Vec<&str> = MIGRATIONS.iter().map(|file| file.name).collect();
        let known = MIGRATIONS.last().map_or(0, |file| file.version);
        let found = MIGRATIONS[0].version;
        let newer = [&all[..], &["9999_later.sql"]].concat();
        let foreign = SharedError::Foreign("0001_theirs.sql".into());
        for (answer, expected) in [
            (said_hello(1, &all), None),
            (said_hello(2, &all), Some(SharedError::Protocol { ours: 1 })),
            (refusal(426), Some(SharedError::Protocol { ours: 1 })),
            (refusal(401), Some(SharedError::Secret)),
            (
                refusal(404),
                Some(SharedError::NoGateway("it answered 404 other".into())),
            ),
            (
                (200, json!({"hello": "world"})),
                Some(SharedError::NoGateway("it does not say who it is".into())),
            ),
            (
                refusal(502),
                Some(SharedError::Unreachable("it answered 502 other".into())),
            ),
            (said_hello(1, &[]), Some(SharedError::Empty)),
            (
                said_hello(1, &all[..1]),
                Some(SharedError::Older { found, known }),
            ),
            (
                said_hello(1, &newer),
                Some(SharedError::Newer { found: 9999, known }),
            ),
            (said_hello(1, &["0001_theirs.sql"]), Some(foreign)),
        ] {
            let (settings, _) = played(move |_, _| answer.clone()).await;
            let error = match D1::open(&settings, Access::Current).await {
                Ok(_) => None,
                Err(OpenError::Shared(error)) => Some(error),
                Err(error) => panic!("{error}"),
            };
            assert_eq!(error, expected);
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut settings = settings(listener.local_addr().expect("an address"));
        drop(listener);
        let opened = D1::open(&settings, Access::Current).await;
        assert!(matches!(
            opened.err(),
            Some(OpenError::Shared(SharedError::Unreachable(_)))
        ));
        settings.secret = Some("two\nlines".into());
        let opened = D1::open(&settings, Access::Current).await;
        assert!(matches!(
            opened.err(),
            Some(OpenError::Shared(SharedError::SecretSigns))
        ));
    }

    /// A gateway that only knows which migrations it had. Where it is lossy, what
    /// applied one is never told so.
    async fn bare(is_lossy: bool) -> (D1Settings, Arc<Mutex<Vec<String>>>) {
        let names = Arc::new(Mutex::new(Vec::<String>::new()));
        let kept = names.clone();
        let (settings, _) = played(move |_, body| {
            let mut names = kept.lock().expect("nobody panics");
            if body.is_null() {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                return said_hello(1, &names);
            }
            assert_eq!(body["mode"], "write");
            let Some(name) = body["statements"][0][1][0].as_str() else {
                return rows_of(body);
            };
            if names.iter().any(|known| known == name) {
                return refusal(409);
            }
            let sql = body["statements"][1][0].as_str();
            assert!(MIGRATIONS.iter().any(|file| Some(file.sql) == sql));
            names.push(name.to_owned());
            if is_lossy {
                return refusal(502);
            }
            rows_of(body)
        })
        .await;
        (settings, names)
    }

    #[tokio::test]
    async fn migrations_are_applied_once_whoever_applies_them() {
        let all: Vec<&str> = MIGRATIONS.iter().map(|file| file.name).collect();
        let known = MIGRATIONS.last().map_or(0, |file| file.version);
        for is_lossy in [false, true] {
            let (settings, names) = bare(is_lossy).await;
            assert_eq!(D1::schema(&settings).await.ok(), Some(Schema::Missing));
            let (one, other) = tokio::join!(D1::migrate(&settings), D1::migrate(&settings));
            for done in [one, other] {
                assert_eq!(done.expect("migrates").1, known);
            }
            assert_eq!(*names.lock().expect("nobody panics"), all);
            let again = D1::migrate(&settings).await;
            assert_eq!(again.expect("has nothing to do"), (known, known));
            assert!(D1::open(&settings, Access::Current).await.is_ok());
        }
    }
}
