//! What many pictures cost: the same pages of the same person, who has 100,000
//! pictures, in a service of ever more. Ratios of one run compare; figures of
//! different machines, or different days of this one, do not.
//!
//! `make bench-scale` builds it optimised and runs it; `IMGC_SCALE_PICTURES` names the
//! numbers of pictures, the least first. Ten million take 20 GB of the folder for
//! temporary files, and most of an hour.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use imgc::{
    housekeeping::rankings,
    http::serve,
    server::{AppState, config::Config, secrets, tls},
    store::{Db, sessions},
};
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Pictures of the person whose pages are measured.
const OF_PERSON: u64 = 100_000;
const PERSON: &str = "01900000-0000-7000-8000-000000000001";
const TOKEN: &str = "a-token-that-is-long-enough-to-be-read";
/// Requests of a page, and the longest that they may take together.
const REQUESTS: usize = 200;
const SPAN: Duration = Duration::from_secs(8);
/// Rows that are made by one statement.
const AT_ONCE: u64 = 100_000;

const WORDS: &str = r#"["neon","city","fox","watercolor","mountain","portrait","castle","robot",
"garden","ocean","storm","dragon","forest","astronaut","mirror","vintage","poster","isometric",
"cat","glass","desert","lantern","market","whale","harbor","violin","temple","comet","orchid",
"marble","pastel","cinematic","macro","lighthouse","samurai","tram","bakery","glacier","parade",
"origami","jazz","coral","meadow","sunfield","moongate","ironbird","frostsong","embertower",
"jadeleaf","silkwing","runestone","sunstone","moonwing","ironleaf","frosttower","embersong",
"jadebird","silkgate","runefield","walrus"]"#;

/// People, and for the number `i` a job and its picture. A word's number grows with
/// the cube of a fraction, so that some are everywhere and some are rare.
const PEOPLE: &str = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
    SELECT printf('01900000-0000-7000-8000-%012d', i), 'bench', i, 'bench@example.com', 'Bench', 1, 1 FROM n";
const MADE: &str = "CREATE TEMP TABLE made AS
    WITH RECURSIVE n(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2),
        timed AS (SELECT i, ?3 + i * ?4 / ?5 AS at,
            CASE WHEN i % ?6 = 0 THEN 1 ELSE 2 + (i * 7919) % 999 END AS person FROM n)
    SELECT i, at, printf('01900000-0000-7000-8000-%012d', person) AS user_id,
        printf('%08x-%04x-7000-8000-%012x', at / 65536, at % 65536, i) AS id,
        (SELECT group_concat(w.word, ' ') FROM (SELECT word FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12]') k
            JOIN words ON n = (SELECT CAST(60.0 * r * r * r AS INTEGER) FROM
                (SELECT ((i * 104729 + k.value * 7907 * (i % 97 + 1)) % 10007) / 10007.0 AS r))) w) AS prompt
    FROM timed";
const JOBS: &str = "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings, reserved_micros,
        cost_micros, created_at, finished_at, changed_at)
    SELECT id, user_id, id, 'ready', 'gpt-image-2.5-flare', prompt, ?1, 13000, 13000, at, at, at FROM made";
const IMAGES: &str = "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
        placeholder, widths, model, prompt, settings, cost_micros, public_key, published_at, created_at,
        search_id, search_text)
    SELECT id, user_id, id, 0, 1024, 1024, 'png', 1, printf('%064x', i), '#8090a0', '[320,640]',
        'gpt-image-2.5-flare', prompt, ?1, 13000, CASE WHEN i % 5 THEN printf('%032x', i) END,
        CASE WHEN i % 5 THEN at END, at, i + 1, prompt FROM made";
const SETTINGS: &str = r#"{"model":"gpt-image-2.5-flare","size":"1024x1024","quality":"medium","count":1,"format":"png"}"#;

/// What is measured, by name; `{deep}` and `{cursor}` are places in the middle.
const PAGES: [(&str, &str); 38] = [
    ("gallery", "/gallery"),
    ("gallery, deep in it", "/gallery?cursor={deep}"),
    ("newest, day", "/gallery?period=day"),
    ("newest, week", "/gallery?period=week"),
    ("newest, month", "/gallery?period=month"),
    ("newest, year", "/gallery?period=year"),
    ("most liked", "/gallery?sort=liked"),
    (
        "most liked, deep in it",
        "/gallery?sort=liked&cursor={liked}",
    ),
    ("most liked, day", "/gallery?sort=liked&period=day"),
    ("most liked, week", "/gallery?sort=liked&period=week"),
    ("most liked, month", "/gallery?sort=liked&period=month"),
    ("most liked, year", "/gallery?sort=liked&period=year"),
    ("most remixed", "/gallery?sort=remixed"),
    ("most remixed, day", "/gallery?sort=remixed&period=day"),
    ("most remixed, week", "/gallery?sort=remixed&period=week"),
    ("most remixed, month", "/gallery?sort=remixed&period=month"),
    ("most remixed, year", "/gallery?sort=remixed&period=year"),
    ("public search, common", "/gallery?q=neon"),
    ("public search, rare", "/gallery?q=walrus"),
    ("public search, two", "/gallery?q=fox+robot"),
    ("public search, common and rare", "/gallery?q=neon+walrus"),
    ("public search, a beginning", "/gallery?q=moo"),
    ("public search, a long one", "/gallery?q=watercol"),
    ("public search, none", "/gallery?q=zzzz"),
    ("tag, common", "/gallery/tag/neon"),
    ("tag, rare", "/gallery/tag/walrus"),
    ("home", "/"),
    ("sitemap", "/sitemap.xml"),
    ("a file of it", "/sitemaps/3.xml"),
    ("create", "/create"),
    ("library", "/library"),
    ("library, deep in it", "/library?cursor={cursor}"),
    ("search, one word", "/library?q=neon"),
    ("search, two words", "/library?q=fox+robot"),
    ("search, a beginning", "/library?q=moo"),
    ("search, a rare word", "/library?q=walrus"),
    ("usage", "/usage"),
    ("account", "/account"),
];

#[tokio::main]
async fn main() {
    let sizes = std::env::var("IMGC_SCALE_PICTURES").unwrap_or("100000,1000000".to_owned());
    let sizes: Vec<u64> = sizes
        .split(',')
        .map(|n| n.trim().parse().unwrap())
        .collect();
    let mut first: Vec<(Duration, Duration)> = Vec::new();
    for size in sizes {
        let (folder, began) = (tempfile::tempdir().unwrap(), Instant::now());
        fill(folder.path(), size).await;
        println!("\n{size} pictures, made in {:.0?}", began.elapsed());
        let (state, base) = serve_from(folder.path()).await;
        let scan = scan(folder.path()).await;
        let began = Instant::now();
        rankings::make(&state).await.unwrap();
        println!("{:>10.2?}  making every ranking", began.elapsed());
        println!("{:>10.2?}  looking through all of them with LIKE", scan);
        let mut found = Vec::new();
        for (n, (name, path)) in PAGES.iter().enumerate() {
            let (number, id) = middle(folder.path(), size).await;
            let path = path
                .replace("{deep}", &format!("new-all-{number}"))
                .replace("{liked}", &format!("liked-all-{number}-1"))
                .replace("{cursor}", &id);
            let (p50, p99) = measure(&base, &path).await;
            let growth = first.get(n).map(|(a, b)| {
                let times = |now: Duration, then: Duration| now.as_secs_f64() / then.as_secs_f64();
                format!("{:>6.2} × {:>6.2} ×", times(p50, *a), times(p99, *b))
            });
            let scans = scan.as_secs_f64() / p50.as_secs_f64();
            println!(
                "{p50:>10.2?} {p99:>10.2?}  {} {scans:>8.1} a scan  {name}",
                growth.unwrap_or_default()
            );
            found.push((p50, p99));
        }
        if first.is_empty() {
            first = found;
        }
        state.shutdown.cancel();
    }
}

async fn connect(folder: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("imgc.db"))
        .pragma("synchronous", "OFF")
        .pragma("cache_size", "-500000")
        .pragma("temp_store", "MEMORY");
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn run(db: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(db).await.expect(sql);
}

/// Makes the rows with the triggers away, and then what the triggers would have made.
async fn fill(folder: &Path, size: u64) {
    Db::open(&folder.join("imgc.db"))
        .await
        .unwrap()
        .close()
        .await;
    let mut db = connect(folder).await;
    let triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'";
    let triggers: Vec<(String, String)> = sqlx::query(triggers)
        .fetch_all(&mut db)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("name"), row.get("sql")))
        .collect();
    for (name, _) in &triggers {
        run(&mut db, format!("DROP TRIGGER {name}").leak()).await;
    }
    let words = "CREATE TEMP TABLE words AS SELECT key AS n, value AS word FROM json_each(?1)";
    sqlx::query(words)
        .bind(WORDS)
        .execute(&mut db)
        .await
        .unwrap();
    run(&mut db, "CREATE UNIQUE INDEX temp.words_by_n ON words (n)").await;
    let me = "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at, age_stated_at,
            age_stated_min) VALUES (?1, 'bench', 'me', 'me@example.com', 'Me', 1, 1, 1, 99)";
    sqlx::query(me).bind(PERSON).execute(&mut db).await.unwrap();
    run(&mut db, PEOPLE).await;
    let (from, span) = times();
    for start in (0..size).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let end = (start + AT_ONCE).min(size);
        let values = [start, end, from, span, size, (size / OF_PERSON).max(1)];
        let mut made = sqlx::query(MADE);
        for value in values {
            made = made.bind(i64::try_from(value).unwrap());
        }
        made.execute(&mut db).await.unwrap();
        run(&mut db, "BEGIN").await;
        for sql in [JOBS, IMAGES] {
            sqlx::query(sql)
                .bind(SETTINGS)
                .execute(&mut db)
                .await
                .unwrap();
        }
        run(&mut db, "COMMIT").await;
        run(&mut db, "DROP TABLE temp.made").await;
    }
    // The migration's own statements make the sums.
    let migration = include_str!("../../migrations/0018_sums.sql");
    let fills = |sql: &&str| {
        let of_trigger = sql.contains("new.") || sql.contains("old.");
        sql.starts_with("INSERT INTO") && !of_trigger && !sql.contains("image_search")
    };
    for sql in statements(migration).filter(fills) {
        run(&mut db, sql.to_owned().leak()).await;
    }
    run(
        &mut db,
        "INSERT INTO image_search_terms (image_search_terms) VALUES ('rebuild')",
    )
    .await;
    fill_lists(&mut db).await;
    for (_, sql) in triggers {
        run(&mut db, sql.leak()).await;
    }
    let session = "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
        VALUES (?1, ?2, ?3, ?3, ?3 + 864000000, 'bench')";
    let now = i64::try_from(from + span).unwrap();
    sqlx::query(session)
        .bind(secrets::sha256(TOKEN.as_bytes()))
        .bind(PERSON)
        .bind(now)
        .execute(&mut db)
        .await
        .unwrap();
    run(&mut db, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    db.close().await.unwrap();
}

/// What is public, with likes and remixes of a few, a tag of each, and the words of all.
async fn fill_lists(db: &mut SqliteConnection) {
    for sql in [
        "INSERT INTO public_pictures (number, image_id, user_id, published_at, likes, remixes)
            SELECT ROW_NUMBER() OVER (ORDER BY published_at, id), id, user_id, published_at,
                iif(search_id % 7 = 0, search_id % 211 * (search_id % 13), 0),
                iif(search_id % 31 = 0, search_id % 17, 0)
            FROM images WHERE public_key IS NOT NULL",
        "INSERT INTO public_tags (image_id, user_id, folded, name, words, number)
            SELECT i.id, i.user_id, w.word, w.word, w.word, p.number
            FROM images i JOIN public_pictures p ON p.image_id = i.id
                JOIN words w ON w.n = (i.search_id * 7919 % 3601) / 60 * ((i.search_id * 104729 % 3601) / 60) / 60",
        "INSERT INTO public_words (number, title, tags, prompt) SELECT number, title, tags, prompt FROM public_words_now",
        "INSERT INTO image_search_public (image_search_public) VALUES ('rebuild')",
    ] {
        run(db, sql).await;
    }
}

/// The statements of a migration that have no `;` within, which its triggers do.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.split(";\n").map(|sql| {
        let code = sql.trim_start();
        code.rfind("\n\n")
            .map_or(code, |at| code[at..].trim_start())
    })
}

/// When the pictures were made: the first of them, and how long it took, in milliseconds.
fn times() -> (u64, u64) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    let span = 60 * 24 * 60 * 60 * 1000;
    (now - span, span)
}

/// A public picture in the middle of all: its number among them, and its id.
async fn middle(folder: &Path, size: u64) -> (i64, String) {
    let mut db = connect(folder).await;
    let sql = "SELECT p.number, i.id FROM images i JOIN public_pictures p ON p.image_id = i.id
        WHERE i.search_id >= ?1 ORDER BY i.search_id LIMIT 1";
    let half = i64::try_from(size / 2).unwrap();
    let row = sqlx::query(sql)
        .bind(half)
        .fetch_one(&mut db)
        .await
        .unwrap();
    (row.get("number"), row.get("id"))
}

/// How long the database takes to look at every prompt.
async fn scan(folder: &Path) -> Duration {
    let mut db = connect(folder).await;
    let began = Instant::now();
    let sql = "SELECT COUNT(*) FROM images WHERE prompt LIKE '%walrus%'";
    sqlx::query(sql).fetch_one(&mut db).await.unwrap();
    began.elapsed()
}

async fn serve_from(folder: &Path) -> (AppState, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let env = |name: &str| match name {
        "LEPTOS_SITE_ADDR" => Some(address.clone()),
        "IMGC_DATA_DIR" => Some(folder.display().to_string()),
        "IMGC_LIMITS_REQUESTS_PER_MINUTE" => Some("100000000".to_owned()),
        "IMGC_CACHE_PAGES_MB" => Some("0".to_owned()),
        _ => None,
    };
    let config = Config::from_parts("", &env).unwrap();
    let state = AppState::open(config).await.unwrap();
    let running = state.clone();
    tokio::spawn(async move { serve::run(&running, listener).await });
    // The person is signed in, or every page would be the sign-in's.
    let hash = secrets::sha256(TOKEN.as_bytes());
    let visit = sessions::find(&state.db, &hash, state.clock.now_ms())
        .await
        .unwrap();
    assert!(visit.is_some_and(|visit| visit.user.id == PERSON));
    (state, format!("http://{address}"))
}

/// The middle and the 99th of a hundred of the times that a page takes.
async fn measure(base: &str, path: &str) -> (Duration, Duration) {
    let client = tls::client_builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let address = format!("{base}{path}");
    let signed_in = ["/create", "/library", "/usage", "/account"]
        .iter()
        .any(|own| path.starts_with(own));
    let mut times = Vec::new();
    let began = Instant::now();
    while times.len() < REQUESTS && began.elapsed() < SPAN {
        let start = Instant::now();
        let mut request = client.get(&address).header("accept", "text/html");
        if signed_in {
            request = request.header("cookie", format!("imgc={TOKEN}"));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{address}");
        answer.bytes().await.unwrap();
        times.push(start.elapsed());
    }
    // The first ones find nothing ready.
    let mut times = times.split_off((times.len() / 10).min(10));
    times.sort();
    (times[times.len() / 2], times[times.len() * 99 / 100])
}
