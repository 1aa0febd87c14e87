//! A bucket in memory that answers as the S3 services out there do: without one
//! of the two ways to delete, with errors inside a 200, or well and untruly.

use crate::harness::listener;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};

/// How it answers one of the two ways to delete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// As S3 says.
    #[default]
    Works,
    /// With this status, and an error.
    Status(u16),
    /// Busy so many times, then it works.
    Busy(u32),
    /// Well, and keeps the object.
    Lies,
    /// 200, and in it that the key was not deleted.
    ErrorInside,
    /// 200, and in it an error about a key nobody asked for.
    ForeignError,
    /// 200, and a page for people.
    Page,
}

#[derive(Default)]
pub struct Inside {
    pub objects: BTreeMap<String, Bytes>,
    /// Objects under lock: they are refused in both ways.
    pub locked: BTreeSet<String>,
    pub single: Mood,
    pub bulk: Mood,
    /// Whether deleted objects can still be had by their version.
    pub versions: bool,
    /// Whether it overwrites what was only to be created.
    pub overwrites: bool,
    old: BTreeMap<String, Bytes>,
}

#[derive(Clone)]
pub struct Bucket {
    inside: Arc<Mutex<Inside>>,
    pub endpoint: String,
}

impl Bucket {
    pub async fn start(single: Mood, bulk: Mood) -> Bucket {
        let listener = listener();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let inside = Inside {
            single,
            bulk,
            ..Inside::default()
        };
        let bucket = Bucket {
            inside: Arc::new(Mutex::new(inside)),
            endpoint,
        };
        let app = Router::new()
            .fallback(answer)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(bucket.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        bucket
    }

    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    pub fn keys(&self) -> Vec<String> {
        self.inside().objects.keys().cloned().collect()
    }
}

async fn answer(
    State(bucket): State<Bucket>,
    method: Method,
    uri: Uri,
    headers: axum::http::HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = bucket.inside();
    let key = uri.path().trim_start_matches("/pictures").trim_matches('/');
    let query = uri.query().unwrap_or_default();
    match method {
        Method::PUT
            if headers.contains_key(header::IF_NONE_MATCH)
                && !inside.overwrites
                && inside.objects.contains_key(key) =>
        {
            error(412, "PreconditionFailed")
        }
        Method::PUT => put(&mut inside, key, body),
        Method::GET if key.is_empty() => list(&inside, query),
        Method::GET | Method::HEAD => get(&inside, key, query),
        Method::DELETE => delete(&mut inside, key),
        Method::POST if query.starts_with("delete") => {
            assert!(headers.contains_key("content-md5"));
            delete_many(&mut inside, &String::from_utf8_lossy(&body))
        }
        _ => error(405, "MethodNotAllowed"),
    }
}

fn put(inside: &mut Inside, key: &str, body: Bytes) -> Response {
    inside.objects.insert(key.to_owned(), body);
    let mut response = [(header::ETAG, "\"e\"")].into_response();
    if inside.versions {
        let version = axum::http::HeaderValue::from_static("v1");
        response.headers_mut().insert("x-amz-version-id", version);
    }
    response
}

fn list(inside: &Inside, query: &str) -> Response {
    let prefix = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "prefix");
    let prefix = prefix.map(|(_, prefix)| prefix.into_owned());
    let prefix = prefix.unwrap_or_default();
    let found = inside
        .objects
        .iter()
        .filter(|(k, _)| k.starts_with(&prefix));
    let contents: String = found
        .map(|(key, bytes)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-11-28T07:00:00.000Z</LastModified>\
                 <ETag>\"e\"</ETag><Size>{}</Size></Contents>",
                bytes.len()
            )
        })
        .collect();
    xml(&format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    ))
}

fn get(inside: &Inside, key: &str, query: &str) -> Response {
    let bytes = match query.contains("versionId") {
        true => inside.old.get(key),
        false => inside.objects.get(key),
    };
    match bytes {
        None => error(404, "NoSuchKey"),
        Some(bytes) => {
            let modified = "Sat, 28 Nov 2026 07:00:00 GMT";
            let length = bytes.len().to_string();
            let headers = [
                (header::ETAG, "\"e\"".to_owned()),
                (header::LAST_MODIFIED, modified.to_owned()),
                (header::CONTENT_LENGTH, length),
            ];
            (headers, bytes.clone()).into_response()
        }
    }
}

fn remove(inside: &mut Inside, key: &str) -> bool {
    match inside.objects.remove(key) {
        None => false,
        Some(bytes) => {
            if inside.versions {
                inside.old.insert(key.to_owned(), bytes);
            }
            true
        }
    }
}

fn delete(inside: &mut Inside, key: &str) -> Response {
    if inside.locked.contains(key) {
        return error(403, "AccessDenied");
    }
    let mood = inside.single;
    match mood {
        Mood::Status(status) => error(status, "Refused"),
        Mood::Busy(times) if times > 0 => {
            inside.single = Mood::Busy(times - 1);
            error(503, "SlowDown")
        }
        Mood::Lies => StatusCode::NO_CONTENT.into_response(),
        // Strict services answer so for what is gone already.
        _ if !remove(inside, key) => error(404, "NoSuchKey"),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

fn delete_many(inside: &mut Inside, body: &str) -> Response {
    let keys: Vec<String> = body
        .split("<Key>")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()))
        .collect();
    let failed = |key: &str| {
        format!("<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>no</Message></Error>")
    };
    let mut inner = String::new();
    let mood = inside.bulk;
    match mood {
        Mood::Status(status) => return error(status, "Refused"),
        Mood::Page => return ([(header::CONTENT_TYPE, "text/html")], "<p>Welcome").into_response(),
        _ => {}
    }
    for key in keys {
        match mood {
            Mood::ErrorInside => inner.push_str(&failed(&key)),
            Mood::ForeignError => inner.push_str(&failed("another/key")),
            _ if inside.locked.contains(&key) => inner.push_str(&failed(&key)),
            _ => {
                if mood != Mood::Lies {
                    remove(inside, &key);
                }
                inner.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
            }
        }
    }
    xml(&format!("<DeleteResult>{inner}</DeleteResult>"))
}

fn xml(text: &str) -> Response {
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{text}");
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn error(status: u16, code: &str) -> Response {
    let mut response = xml(&format!(
        "<Error><Code>{code}</Code><Message>no</Message></Error>"
    ));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}
