//! The library: finding, sorting, choosing, undoing, the trash, and the ZIP.

mod compare;
mod find;
mod keep;
mod tiles;
mod trash;
pub mod zip;

use crate::harness::{Browser, Page, Server, on_d1};
use futures::{StreamExt, stream};
use imgc::{
    model::library::LibraryView,
    server::{objects::ObjectKey, secrets},
    store::Statement,
};
use scraper::{Html, Selector};

const DAY_MS: i64 = 24 * 3600 * 1000;

/// A picture put straight into the store: a row, and an original of a few bytes.
pub struct Given<'a> {
    pub prompt: &'a str,
    pub size: (i64, i64),
    pub model: &'a str,
    pub made_ms: i64,
}

impl Default for Given<'_> {
    fn default() -> Self {
        Given {
            prompt: "a picture",
            size: (64, 64),
            model: "gpt-image-2.5-flare",
            made_ms: 1_790_000_000_000,
        }
    }
}

/// The id of the person with this name.
pub async fn person(server: &Server, name: &str) -> String {
    let rows = server
        .state
        .db
        .fetch_all(Statement::new("SELECT id FROM users WHERE name = ?1").bind(name))
        .await
        .unwrap();
    rows[0].text("id").unwrap()
}

/// Puts pictures into a person's library, in this order.
pub async fn give(server: &Server, user: &str, pictures: &[Given<'_>]) -> Vec<String> {
    let job = uuid::Uuid::now_v7().to_string();
    let settings =
        "{\"model\":\"m\",\"size\":\"auto\",\"quality\":\"low\",\"count\":1,\"format\":\"png\"}";
    let mut batch = vec![
        Statement::new(
            "INSERT INTO jobs (id, user_id, request_key, state, model, prompt, settings,
                reserved_micros, created_at) VALUES (?1, ?2, ?1, 'ready', 'm', 'p', ?3, 0, 0)",
        )
        .bind(job.as_str())
        .bind(user)
        .bind(settings),
    ];
    let mut ids = Vec::new();
    for (position, given) in pictures.iter().enumerate() {
        let id = uuid::Uuid::now_v7().to_string();
        let bytes = original(&id);
        let statement = Statement::new(
            "INSERT INTO images (id, user_id, job_id, position, width, height, format, bytes, sha256,
                placeholder, widths, model, prompt, settings, cost_micros, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'png', ?7, ?8, '#336699', '[64]', ?9, ?10, ?11, 0, ?12)",
        )
        .bind(id.as_str())
        .bind(user)
        .bind(job.as_str())
        .bind(i64::try_from(position).unwrap())
        .bind(given.size.0)
        .bind(given.size.1)
        .bind(i64::try_from(bytes.len()).unwrap())
        .bind(secrets::sha256(&bytes))
        .bind(given.model)
        .bind(given.prompt)
        .bind(settings)
        .bind(given.made_ms);
        batch.push(statement);
        ids.push(id);
    }
    server.state.db.batch_in_slices(batch).await.unwrap();
    ids
}

/// The bytes of a given picture's original.
pub fn original(id: &str) -> Vec<u8> {
    format!("the original of {id}").repeat(40).into_bytes()
}

/// Keeps these bytes as the originals of given pictures: past the store, which
/// would sync each, where that is a folder.
pub async fn keep_originals(server: &Server, ids: &[String], bytes: impl Fn(&str) -> Vec<u8>) {
    if on_d1() {
        let put = |id: &String| {
            let (id, bytes) = (id.clone(), bytes(id));
            async move {
                let key = ObjectKey::Original {
                    image: &id,
                    format: "png",
                };
                server.state.objects.put(key, bytes.into()).await.unwrap();
            }
        };
        let all = stream::iter(ids).map(put).buffer_unordered(8);
        return all.collect().await;
    }
    let folder = server.data.path().join("objects/originals");
    std::fs::create_dir_all(&folder).unwrap();
    for id in ids {
        std::fs::write(folder.join(format!("{id}.png")), bytes(id)).unwrap();
    }
}

/// Keeps the originals of given pictures, and a rendition.
pub async fn keep(server: &Server, ids: &[String]) {
    for id in ids {
        let key = ObjectKey::Original {
            image: id,
            format: "png",
        };
        let files = &server.state.objects;
        files.put(key, original(id).into()).await.unwrap();
        let key = ObjectKey::Rendition {
            image: id,
            width: 64,
        };
        files.put(key, vec![1, 2, 3].into()).await.unwrap();
    }
}

/// The ids on a page of the library, in its order.
async fn found(browser: &mut Browser, query: &str) -> Vec<String> {
    let page = browser.get(&format!("/library?{query}")).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text);
    picked(&page)
}

fn picked(page: &Page) -> Vec<String> {
    let selector = Selector::parse("input[name='ids[]']").unwrap();
    Html::parse_document(&page.text)
        .select(&selector)
        .map(|input| input.value().attr("value").unwrap().to_owned())
        .collect()
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The text of the first element that matches.
fn text_of(page: &Page, selector: &str) -> String {
    let document = Html::parse_document(&page.text);
    let selector = Selector::parse(selector).unwrap();
    let element = document.select(&selector).next();
    element.map_or(String::new(), |e| e.text().collect())
}

/// The addresses of the links that match.
fn links(page: &Page, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    Html::parse_document(&page.text)
        .select(&selector)
        .map(|link| link.value().attr("href").unwrap().to_owned())
        .collect()
}

/// Posts a change of these pictures and returns where it leads.
async fn change(
    browser: &mut Browser,
    action: &str,
    ids: &[&String],
    more: &[(&str, &str)],
) -> String {
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("ids[]", id.as_str())).collect();
    fields.push(("action", action));
    fields.push(("lang", "en"));
    fields.extend(more);
    let page = browser.post("/api/change", &fields).await;
    assert_eq!(page.status, 302, "{}", page.text);
    page.location().to_owned()
}

/// Presses Undo on the page at this address.
async fn undo(browser: &mut Browser, address: &str) -> Page {
    let page = browser.get(address).await;
    let selector = Selector::parse("form[action='/api/undo'] input").unwrap();
    let fields: Vec<(String, String)> = Html::parse_document(&page.text)
        .select(&selector)
        .map(|input| {
            let attribute = |name| input.value().attr(name).unwrap_or_default().to_owned();
            (attribute("name"), attribute("value"))
        })
        .collect();
    assert!(!fields.is_empty(), "no Undo at {address}: {}", page.text);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (&**n, &**v)).collect();
    let answer = browser.post("/api/undo", &fields).await;
    let next = answer.location().to_owned();
    browser.get(&next).await
}

/// How many pictures the library says there are under a query.
pub async fn total(browser: &mut Browser, query: &str) -> u64 {
    let address = format!("/api/library?query={}", escaped(query));
    let view = browser.load::<LibraryView>(&address).await;
    view["total"].as_u64().unwrap()
}
