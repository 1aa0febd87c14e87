//! The stand: D1 and R2 as workerd serves them, once for a whole run of the tests.
//!
//! `scripts/test-all` starts it and names its control address in IMGC_TEST_STAND.
//! Every server of a test then takes a database and a prefix of the bucket of its
//! own there; without the stand all is in the data folder, as everywhere else.

use imgc::{
    server::{config::Config, objects::Objects, secrets, tls},
    store::D1Settings,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{path::Path, sync::LazyLock};

/// A row: its values by column.
pub type Row = Map<String, Value>;

/// The file of a data folder that remembers its take over restarts.
const NOTE: &str = "stand.json";

/// Days of history that servers of tests are told of: with fewer than 24 a closed
/// account waits seven days, as on the embedded engine, and 14 are those of backups.
const HISTORY_DAYS: &str = "14";

/// The control address of the stand, where this run has one.
pub fn control() -> Option<String> {
    let address = std::env::var("IMGC_TEST_STAND").ok();
    address.filter(|address| !address.is_empty())
}

fn address() -> String {
    control().expect("IMGC_TEST_STAND")
}

/// Whether the servers of this run keep their rows in D1 and their objects in R2.
pub fn on_d1() -> bool {
    control().is_some()
}

/// A database of its own and a prefix of the bucket.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Take {
    /// The gateway's address for this database.
    pub gateway: String,
    /// The bearer secret.
    pub secret: String,
    /// The same gateway behind the fault proxy.
    pub faults: String,
    /// The prefix of the bucket.
    pub s3: Prefix,
}

/// A prefix of the stand's bucket, and the keys to it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Prefix {
    pub endpoint: String,
    pub url: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Take {
    /// A database without a table.
    pub async fn empty() -> Take {
        Take::taken(false).await
    }

    /// A database of this version's schema. The stand keeps one to copy, because
    /// applying every migration for every test would take longer than the tests.
    pub async fn migrated() -> Take {
        Take::taken(true).await
    }

    async fn taken(migrated: bool) -> Take {
        let wanted = json!({"migrated": migrated}).to_string();
        let answer = post(&format!("{}/take", address()), None, &wanted).await;
        assert_eq!(answer.0, 200, "the stand gives nothing: {}", answer.1);
        serde_json::from_str(&answer.1).unwrap()
    }

    /// The take of a data folder: what it had before, or a new one.
    pub async fn of(data: &Path) -> Take {
        let note = data.join(NOTE);
        if let Ok(text) = std::fs::read_to_string(&note) {
            return serde_json::from_str(&text).unwrap();
        }
        let take = Take::migrated().await;
        std::fs::create_dir_all(data).unwrap();
        std::fs::write(&note, serde_json::to_string(&take).unwrap()).unwrap();
        take
    }

    /// How the database is reached.
    pub fn settings(&self) -> D1Settings {
        D1Settings {
            url: self.gateway.parse().unwrap(),
            secret: Some(self.secret.clone().into()),
            client: tls::client_builder().build().unwrap(),
        }
    }

    /// The environment of a node on this database and this bucket.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        // Of 64 hexadecimal digits, and the same for all nodes of a take.
        let key = secrets::sha256(self.gateway.as_bytes());
        let mut all = vec![
            ("IMGC_DATABASE_URL", self.gateway.clone()),
            ("IMGC_DATABASE_SECRET", self.secret.clone()),
            ("IMGC_DATABASE_HISTORY_DAYS", HISTORY_DAYS.to_owned()),
            ("IMGC_INSTANCE_KEY", key),
        ];
        all.extend(self.s3.environment());
        all
    }

    /// The objects of this take.
    pub fn objects(&self) -> Objects {
        let mut all = self.s3.environment();
        // What makes a set with keys complete; none of it is called.
        all.extend(
            [
                ("IMGC_OIDC_CLIENT_ID", "c"),
                ("IMGC_OIDC_CLIENT_SECRET", "s"),
                ("IMGC_OPENAI_API_KEY", "k"),
                ("IMGC_CONTACT", "help@example.com"),
                ("IMGC_OPERATOR_NAME", "Pictures Ltd"),
                ("IMGC_SIGN_UP_MODE", "open"),
            ]
            .map(|(name, value)| (name, value.to_owned())),
        );
        let env = |name: &str| {
            let found = all.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone())
        };
        Objects::open(&Config::from_parts("", &env).unwrap()).unwrap()
    }

    /// The rows of a statement that reads.
    pub async fn rows(&self, sql: &str, values: &[Value]) -> Vec<Row> {
        let answer = self.ask("read", &[(sql, values)]).await;
        answer
            .unwrap_or_else(|refusal| panic!("{refusal:?}: {sql}"))
            .remove(0)
    }

    /// Runs statements as one.
    pub async fn write(&self, statements: &[(&str, &[Value])]) {
        let answer = self.ask("write", statements).await;
        assert!(answer.is_ok(), "{answer:?}: {statements:?}");
    }

    /// What the gateway answers to a batch: the rows of each statement, or the
    /// status and the words of its refusal.
    pub async fn ask(
        &self,
        mode: &str,
        statements: &[(&str, &[Value])],
    ) -> Result<Vec<Vec<Row>>, (u16, String)> {
        let batch = json!({"mode": mode, "statements": statements});
        let address = format!("{}/v1/batch", self.gateway);
        let (status, text) = post(&address, Some(&self.secret), &batch.to_string()).await;
        if status != 200 {
            return Err((status, text));
        }
        let answer: Value = serde_json::from_str(&text).unwrap();
        let results = answer["results"].as_array().unwrap();
        Ok(results.iter().map(rows_in).collect())
    }

    /// Names of the tables that are ours, the search's index excepted.
    pub async fn tables(&self) -> Vec<String> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'image_search%'
            AND name <> 'd1_migrations' ORDER BY name";
        let rows = self.rows(sql, &[]).await;
        rows.iter().map(|row| text(row, "name")).collect()
    }

    /// Where this text is: tables, the search's index, objects.
    pub async fn holding(&self, word: &str) -> Vec<String> {
        let mut found = Vec::new();
        let holds = |value: &Value| value.as_str().is_some_and(|text| text.contains(word));
        for table in self.tables().await {
            let rows = self.rows(&format!("SELECT * FROM \"{table}\""), &[]).await;
            if rows.iter().any(|row| row.values().any(holds)) {
                found.push(table);
            }
        }
        // As a search finds it, and as it would lie in the index's pages, where the
        // first letters may stand with the word before.
        let sql = "SELECT COUNT(*) AS n FROM image_search WHERE image_search MATCH ?1";
        let phrase = json!(format!("\"{word}\""));
        let matched = self.rows(sql, &[phrase]).await;
        let rest = word.as_bytes().get(2..).unwrap_or_default();
        let rest: String = rest.iter().map(|byte| format!("{byte:02X}")).collect();
        for index in ["image_search", "image_search_terms", "image_search_public"] {
            let pages =
                format!("SELECT COUNT(*) AS n FROM {index}_data WHERE instr(hex(block), ?1) > 0");
            let paged = self.rows(&pages, &[json!(rest)]).await;
            let matched = index == "image_search" && matched[0]["n"] != 0;
            if matched || paged[0]["n"] != 0 {
                found.push(index.to_owned());
            }
        }
        let objects = self.objects();
        for key in names_below(&objects, "").await {
            let bytes = objects.get_at(&key).await.unwrap_or_default();
            if key.contains(word) || holds_bytes(&bytes, word) {
                found.push(key);
            }
        }
        found
    }

    /// What the fault proxy does from now on; what is not named, it does not.
    pub async fn set_faults(&self, faults: &Value) {
        self.order("faults", "", faults).await;
    }

    /// How often the fault proxy did something of this kind.
    pub async fn faults_done(&self, kind: &str) -> u64 {
        let place = format!("{}/faults/{}", address(), self.number());
        let answer = client().get(place).send().await.unwrap();
        let counts: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let count = counts[kind].as_u64();
        count.unwrap_or_else(|| panic!("{kind} is not counted: {counts}"))
    }

    /// Keeps the database as it is now; the name to restore it by.
    pub async fn snapshot(&self) -> String {
        let made = self.order("databases", "/snapshot", &json!({})).await;
        made["snapshot"].as_str().unwrap().to_owned()
    }

    /// Puts the database back, as Time Travel does.
    pub async fn restore(&self, snapshot: &str) {
        let wanted = json!({"snapshot": snapshot});
        self.order("databases", "/restore", &wanted).await;
    }

    /// The secrets that the gateway takes from now on.
    pub async fn set_secrets(&self, secret: &str, next: Option<&str>) {
        let wanted = json!({"secret": secret, "next": next});
        self.order("databases", "/secrets", &wanted).await;
    }

    async fn order(&self, what: &str, path: &str, wanted: &Value) -> Value {
        let place = format!("{}/{what}/{}{path}", address(), self.number());
        let (status, text) = post(&place, None, &wanted.to_string()).await;
        assert!((200..300).contains(&status), "{place}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The number by which the stand knows the database.
    fn number(&self) -> &str {
        self.gateway.rsplit('/').next().unwrap()
    }
}

impl Prefix {
    /// The environment of a node on this bucket.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("IMGC_OBJECTS_URL", self.url.clone()),
            ("IMGC_OBJECTS_ENDPOINT", self.endpoint.clone()),
            ("IMGC_OBJECTS_REGION", self.region.clone()),
            ("IMGC_OBJECTS_ACCESS_KEY_ID", self.access_key_id.clone()),
            (
                "IMGC_OBJECTS_SECRET_ACCESS_KEY",
                self.secret_access_key.clone(),
            ),
        ]
    }
}

/// The names of the objects in a folder of the store, "" for all.
pub async fn names_below(objects: &Objects, folder: &str) -> Vec<String> {
    use futures::StreamExt;
    let listed = objects.list(folder).map(|object| object.unwrap().key);
    listed.collect().await
}

/// A text column of a row.
pub fn text(row: &Row, column: &str) -> String {
    let value = row.get(column).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("no text {column} in {row:?}"))
        .to_owned()
}

/// Whether these bytes hold that text.
pub fn holds_bytes(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|window| window == text)
}

fn rows_in(result: &Value) -> Vec<Row> {
    let columns: Vec<&str> = result["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    let rows = result["rows"].as_array().unwrap().iter();
    rows.map(|row| {
        let values = row.as_array().unwrap().iter().cloned();
        columns
            .iter()
            .map(|name| (*name).to_owned())
            .zip(values)
            .collect()
    })
    .collect()
}

/// One for all tests: what it costs to make one is much, where rows are looked at
/// again and again. Each test has a runtime of its own, so no connection is kept.
fn client() -> &'static reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        let client = tls::client_builder().pool_max_idle_per_host(0);
        client.build().unwrap()
    });
    &CLIENT
}

/// The status and the text of an answer, as the gateway and the stand want to be asked.
pub async fn post(address: &str, secret: Option<&str>, body: &str) -> (u16, String) {
    let mut request = client()
        .post(address)
        .header("content-type", "application/json")
        .header("imgc-protocol", "1")
        .body(body.to_owned());
    if let Some(secret) = secret {
        request = request.bearer_auth(secret);
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
