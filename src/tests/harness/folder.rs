//! What a data folder's server keeps, seen from outside: rows, objects, the spool.
//! In the folder itself, or in D1 and R2 where the run has a stand.

use super::{
    PATIENCE,
    stand::{Row, Take, holds_bytes, names_below, on_d1, text},
};
use serde_json::{Value, json};
use sqlx::{
    Column, Connection, Row as _, SqliteConnection, TypeInfo, ValueRef,
    sqlite::{SqliteConnectOptions, SqliteRow},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Every file below a folder.
fn paths_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            // What goes while it is looked for was there or was not.
            let Ok(entry) = entry else { continue };
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

/// Every file below a folder, with its bytes.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = paths_below(folder).into_iter();
    paths
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap_or_default();
            (path, bytes)
        })
        .collect()
}

async fn connect(data: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(data.join("imgc.db"))
        .busy_timeout(PATIENCE);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// The rows of a statement that reads, whatever the server does meanwhile.
pub async fn rows(data: &Path, sql: &'static str, values: &[&str]) -> Vec<Row> {
    if on_d1() {
        let values: Vec<Value> = values.iter().map(|value| json!(value)).collect();
        return Take::of(data).await.rows(sql, &values).await;
    }
    rows_of_file(data, sql, values).await
}

/// The rows of a statement that reads, of the database that is a file of this folder.
pub async fn rows_of_file(data: &Path, sql: &'static str, values: &[&str]) -> Vec<Row> {
    let mut connection = connect(data).await;
    let mut query = sqlx::query::<sqlx::Sqlite>(sql);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    let rows = query.fetch_all(&mut connection).await.unwrap();
    rows.iter().map(own).collect()
}

/// Runs a statement that writes.
pub async fn alter(data: &Path, sql: &'static str, values: &[&str]) {
    if on_d1() {
        let values: Vec<Value> = values.iter().map(|value| json!(value)).collect();
        return Take::of(data).await.write(&[(sql, &values)]).await;
    }
    let mut connection = connect(data).await;
    let mut query = sqlx::query::<sqlx::Sqlite>(sql);
    for value in values {
        query = query.bind((*value).to_owned());
    }
    query.execute(&mut connection).await.unwrap();
}

fn own(row: &SqliteRow) -> Row {
    let value = |at: usize| {
        let raw = row.try_get_raw(at).unwrap();
        if raw.is_null() {
            return Value::Null;
        }
        let kind = raw.type_info();
        match kind.name() {
            "INTEGER" => json!(row.get_unchecked::<i64, _>(at)),
            "REAL" => json!(row.get_unchecked::<f64, _>(at)),
            _ => json!(row.get_unchecked::<String, _>(at)),
        }
    };
    let columns = row.columns().iter();
    columns
        .map(|column| (column.name().to_owned(), value(column.ordinal())))
        .collect()
}

/// Names of the kept objects; in a folder also of the halves that no listing shows.
pub async fn objects(data: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in [
        "originals",
        "composites",
        "renditions",
        "avatars",
        "uploads",
        "sealed",
    ] {
        found.extend(names(data, "objects", folder).await);
    }
    found
}

/// Names of what is in the spool and what is set aside.
pub async fn spooled(data: &Path) -> Vec<String> {
    let mut found = names(data, "", "spool").await;
    found.extend(names(data, "", "set-aside").await);
    found
}

async fn names(data: &Path, below: &str, folder: &str) -> Vec<String> {
    if on_d1() {
        return names_below(&Take::of(data).await.objects(), folder).await;
    }
    let root = data.join(below);
    let paths = paths_below(&root.join(folder)).into_iter();
    let name = |path: PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
    paths.map(name).collect()
}

/// The bytes of an object, if it is there.
pub async fn object(data: &Path, key: &str) -> Option<Vec<u8>> {
    if on_d1() {
        let found = Take::of(data).await.objects().get_at(key).await;
        return found.ok().map(|bytes| bytes.to_vec());
    }
    std::fs::read(data.join("objects").join(key)).ok()
}

/// Ids of the jobs whose answers are whole in the spool: from here on nothing may
/// lose them.
pub async fn arrived(data: &Path) -> BTreeSet<String> {
    let spooled = names(data, "", "spool").await;
    let job = |name: &String| {
        let job = name
            .strip_prefix("spool/")?
            .strip_suffix("/manifest.json")?;
        Some(job.to_owned())
    };
    spooled.iter().filter_map(job).collect()
}

/// The state of a job.
pub async fn state_of(data: &Path, job: &str) -> String {
    let found = rows(data, "SELECT state FROM jobs WHERE id = ?1", &[job]).await;
    text(&found[0], "state")
}

/// Every place that holds this text, or is named by it: files, rows, objects.
pub async fn holding(data: &Path, word: &str) -> Vec<String> {
    let files = files_below(data).into_iter();
    let mut found: Vec<String> = files
        .filter(|(path, bytes)| {
            holds_bytes(bytes, word) || path.display().to_string().contains(word)
        })
        .map(|(path, _)| path.display().to_string())
        .collect();
    if on_d1() {
        found.extend(Take::of(data).await.holding(word).await);
    }
    found
}
