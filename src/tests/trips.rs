//! What pages and acts cost in trips to the database, on the engine of the run.
//!
//! The router answers here without a port. The count stays with the answer and is
//! of that request alone, whatever the server does by itself meanwhile.

use crate::{
    harness::{Browser, PATIENCE, Server, job_id, new_key, refusal},
    references::{add, samples, tray},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use imgc::{
    http::router::router,
    i18n::Locale,
    model::{ImageCard, Page},
    routes::{self, Route},
    store::{Statement, trips::Counter},
};
use serde_json::Value;
use std::time::{Duration, Instant};
use tower::ServiceExt;

const ADMIN: (&str, &str) = ("IMGC_ADMINS", "mina.okafor@example.com");

/// The site's routes, asked without a port.
struct Site(Router);

/// What one request came to.
struct Answer {
    status: StatusCode,
    location: String,
    text: String,
    trips: u32,
}

impl Site {
    fn of(server: &Server) -> Site {
        Site(router(server.state.clone()))
    }

    async fn ask(&self, browser: &Browser, method: Method, path: &str, body: String) -> Answer {
        let cookies = browser.cookies.iter();
        let cookies: Vec<String> = cookies.map(|(n, v)| format!("{n}={v}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(body))
            .unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        // What is given from memory counts none.
        let counter = response.extensions().get::<Counter>().cloned();
        let status = response.status();
        let location = response.headers().get(header::LOCATION);
        let location = location.map_or("", |to| to.to_str().unwrap()).to_owned();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer {
            status,
            location,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            // After the last byte: nothing is asked for while it is sent.
            trips: match counter {
                Some(counter) => counter.trips(),
                None => {
                    // A person's pages never lie finished; files that are everybody's may.
                    let is_everybodys = path.starts_with("/media/");
                    assert!(browser.cookies.is_empty() || is_everybodys, "{path}");
                    0
                }
            },
        }
    }

    /// Reads an address, for so many trips at most.
    async fn get(&self, browser: &Browser, path: &str, most: u32) -> Answer {
        let answer = self.ask(browser, Method::GET, path, String::new()).await;
        let (status, trips) = (answer.status, answer.trips);
        assert!(!status.is_server_error(), "{path}: {status}");
        assert!(trips <= most, "{path}: {trips} trips, {most} at most");
        answer
    }

    /// Posts a form, for so many trips at most.
    async fn post(
        &self,
        browser: &Browser,
        path: &str,
        fields: &[(&str, &str)],
        most: u32,
    ) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        let answer = self.ask(browser, Method::POST, path, body.finish()).await;
        let trips = answer.trips;
        assert!(
            trips <= most,
            "{path} {fields:?}: {trips} trips, {most} at most"
        );
        answer
    }
}

/// The composer's form as a browser sends it, with some fields changed.
fn form<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("draft[model]", "gpt-image-2.5-flare"),
        ("draft[size]", "1024x1024"),
        ("draft[quality]", "low"),
        ("draft[count]", "1"),
        ("draft[format]", "png"),
        ("age", "on"),
        ("lang", "en"),
    ];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    fields.extend(more);
    fields
}

/// A published picture that a person made from another one, with a tag, in a
/// collection; its id, and where its publishing led.
async fn remixed(ada: &mut Browser) -> (String, String) {
    let parent = ada.picture("a harbour").await;
    let remix = [("draft[parent]", parent.as_str())];
    let page = ada.submit("the same at night", &new_key(), &remix).await;
    let job = ada.until(&job_id(&page), &["ready"]).await;
    let id = job["images"][0]["id"].as_str().unwrap().to_owned();
    for about in [
        ("tag", "about[tag]", "night"),
        ("collect", "about[name]", "Sea"),
    ] {
        let (action, field, value) = about;
        let fields = [
            ("ids[]", id.as_str()),
            ("action", action),
            (field, value),
            ("lang", "en"),
        ];
        let done = ada.post("/api/change", &fields).await;
        assert_eq!(done.refusal(), "", "{action}");
    }
    let published = [("id", id.as_str()), ("lang", "en")];
    let told = ada.post("/api/publish", &published).await;
    assert!(told.location().contains("done="), "{}", told.location());
    (id, told.location().to_owned())
}

/// Waits until every picture has its renditions: whoever asks for one that is being made
/// waits for it, and looks twice.
async fn until_rendered(server: &Server) {
    let due = "SELECT id FROM images WHERE renditions_due IS NOT NULL";
    let began = Instant::now();
    while !server
        .state
        .db
        .fetch_all(Statement::new(due))
        .await
        .unwrap()
        .is_empty()
    {
        assert!(began.elapsed() < PATIENCE, "no renditions");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A form with a reference, its mask and the picture it remixes, kept as the draft.
async fn masked(ada: &mut Browser, parent: &str) -> Value {
    let reference = add(ada, "", &samples::plain(640, 640, [230, 20, 200])).await;
    let mask = samples::left_half(640, 640);
    ada.call("/api/draft", &[("draft[prompt]", "a forest")])
        .await;
    let fields = [
        ("draft[references]", reference.as_str()),
        ("draft[parent]", parent),
    ];
    let tray = tray(ada, &fields, &[("mask_file", &mask)]).await;
    assert!(
        tray["mask"].is_string() && tray["parent"].is_object(),
        "{tray}"
    );
    tray
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_costs_a_stranger_one_trip_and_a_person_three_at_most() {
    let server = Server::start(&[ADMIN]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = remixed(&mut ada).await;
    let (stranger, site) = (server.browser(), Site::of(&server));
    let pages = Route::every(&id).map(Route::path).into_iter();
    let pages = pages.chain(routes::served(&id));
    let pages: Vec<String> = pages.map(|page| page.address(Locale::fr)).collect();
    for path in pages.iter().map(String::as_str) {
        site.get(&stranger, path, 1).await;
        site.get(&ada, path, 3).await;
    }
    for path in [
        "/nowhere",
        "/sitemap.xml",
        "/sitemaps/0.xml",
        "/robots.txt",
        "/transparency.csv",
        "/manifest.webmanifest",
    ] {
        site.get(&stranger, path, 1).await;
        site.get(&ada, path, 3).await;
    }
    // A profile that there is, with a picture, for whoever reads it; and one's own lists.
    for (path, fields) in [
        ("/api/account_handle", [("handle", "ada"), ("lang", "en")]),
        ("/api/account_profile", [("wanted", "on"), ("lang", "en")]),
    ] {
        site.post(&ada, path, &fields, 3).await;
    }
    let sam = server.signed_in("Sam Rivera").await;
    for (path, name, value) in [
        ("/api/like", "id", id.as_str()),
        ("/api/follow", "handle", "ada"),
    ] {
        let fields = [(name, value), ("on", "on"), ("lang", "en")];
        let done = site.post(&sam, path, &fields, 3).await;
        assert_eq!(refusal(&done.location), "", "{path}");
    }
    assert_eq!(site.get(&stranger, "/fr/@ada", 1).await.trips, 1);
    for path in ["/@ada", "/following", "/likes"] {
        let page = site.get(&sam, path, 2).await;
        assert!(page.text.contains(&id), "{path}");
    }
    let mina = server.signed_in("Mina Okafor").await;
    let page = site.get(&mina, "/admin", 3).await;
    assert_eq!(page.status, StatusCode::OK);
    // What was counted and not written yet is in it all the same.
    assert!(page.text.contains("page /fr/gallery"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_people_wait_for_keep_to_a_budget_of_their_own() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, told) = remixed(&mut ada).await;
    let job = ada.generate("a lantern").await;
    masked(&mut ada, &id).await;
    let (stranger, site) = (server.browser(), Site::of(&server));

    // Counted at all: each of these asks for something.
    assert_eq!(site.get(&stranger, "/gallery", 1).await.trips, 1);
    assert_eq!(site.get(&ada, "/gallery", 2).await.trips, 2);
    let picture = site.get(&stranger, &format!("/i/{id}"), 1).await;
    assert!(!picture.text.contains(">night<"), "a tag is its owner's");

    let picture = site.get(&ada, &told, 3).await;
    for part in [">night<", ">Sea<", "Remix of", "/api/undo"] {
        assert!(picture.text.contains(part), "{part} is missing");
    }

    let collection = picture.text.split("collection=").nth(1).unwrap();
    let collection: String = collection.chars().take(36).collect();
    let query = format!("collection={collection}&q=night");
    let fields = [
        ("ids[]", id.as_str()),
        ("action", "favourite"),
        ("query", query.as_str()),
        ("lang", "en"),
    ];
    let told = site.post(&ada, "/api/change", &fields, 3).await.location;
    let library = site.get(&ada, &told, 3).await;
    for part in [id.as_str(), "Sea", "/api/undo"] {
        assert!(library.text.contains(part), "{part} is missing in {told}");
    }

    let composer = site.get(&ada, "/create", 3).await;
    for part in ["a forest", "/small.webp", "a lantern", "library-choice"] {
        assert!(composer.text.contains(part), "{part} is missing");
    }
    // The pictures of the form are noted as in use, and no more often than that.
    server.state.clock.advance_ms(2 * 60_000);
    let (later, again) = (
        site.get(&ada, "/create", 3).await,
        site.get(&ada, "/create", 3).await,
    );
    assert_eq!((later.trips, again.trips), (3, 2));

    let page = site.get(&ada, &format!("/jobs/{job}"), 2).await;
    assert!(page.text.contains("a lantern"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thumbnail_costs_one_trip_and_shows_itself_to_its_owner_alone() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let (id, _) = remixed(&mut ada).await;
    until_rendered(&server).await;
    let reference = add(&mut ada, "", &samples::plain(640, 640, [1, 2, 3])).await;
    let mut stranger = server.browser();
    let sam = server.signed_in("Sam Rivera").await;
    let site = Site::of(&server);

    let gallery = stranger.load::<Page<ImageCard>>("/api/gallery").await;
    let public = gallery["items"][0]["renditions"][0]["src"]
        .as_str()
        .unwrap();
    assert!(public.starts_with("/media/"), "{public}");
    // The first costs one; then it is kept.
    for browser in [&stranger, &ada] {
        let file = site.get(browser, public, 1).await;
        assert_eq!(file.status, StatusCode::OK);
    }
    let private = [
        format!("/files/{id}/original.png"),
        format!("/uploads/{reference}/small.webp"),
        format!("/uploads/{reference}/picture.png"),
    ];
    for path in &private {
        let file = site.get(&ada, path, 1).await;
        assert_eq!((file.status, file.trips), (StatusCode::OK, 1), "{path}");
        for browser in [&sam, &stranger] {
            let missing = site.get(browser, path, 1).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    // Whose session has ended is a stranger, and so is who closes their account.
    let leaving = server.signed_in("Ada Martin").await;
    let fields = [("sure", "on"), ("lang", "en")];
    let closed = site.post(&ada, "/api/account_close", &fields, 9).await;
    assert!(
        closed.location.starts_with("/erasure/"),
        "{}",
        closed.location
    );
    for browser in [&ada, &leaving] {
        for path in &private {
            let missing = site.get(browser, path, 1).await;
            assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let back = server.signed_in("Ada Martin").await;
    for path in &private {
        let missing = site.get(&back, path, 1).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{path}");
    }
    site.get(&back, "/account", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_the_form_costs_four_trips_whatever_becomes_of_it() {
    let server = Server::start(&[("IMGC_LIMITS_PICTURES_PER_DAY", "2")]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let parent = ada.picture("a harbour").await;
    let tray = masked(&mut ada, &parent).await;
    let reference = tray["items"][0]["id"].as_str().unwrap();
    let (key, site) = (new_key(), Site::of(&server));
    let masked = form(&[
        ("draft[prompt]", "a forest"),
        ("draft[references]", reference),
        ("draft[mask]", tray["mask"].as_str().unwrap()),
        ("draft[parent]", &parent),
        ("request_key", &key),
    ]);
    // What makes no sense is kept as it was typed, and says so.
    let malformed = form(&[
        ("draft[prompt]", "half a forest"),
        ("draft[references]", reference),
        ("draft[size]", "custom"),
        ("draft[width]", "77"),
        ("request_key", &key),
    ]);
    let refused = site.post(&ada, "/api/generate", &malformed, 4).await;
    assert_ne!(refusal(&refused.location), "");
    let page = site.get(&ada, "/create", 3).await;
    assert!(page.text.contains("half a forest"));

    let sent = site.post(&ada, "/api/generate", &masked, 4).await;
    assert!(sent.location.starts_with("/jobs/"), "{}", sent.location);
    let page = site.get(&ada, "/create", 3).await;
    assert!(
        !page.text.contains("/small.webp"),
        "it is no draft any more"
    );
    // Sent twice, it is one job.
    let twice = site.post(&ada, "/api/generate", &masked, 4).await;
    assert_eq!(twice.location, sent.location);
    let job = ada.until(sent.location.rsplit('/').next().unwrap(), &["ready"]);
    assert_eq!(job.await["settings"]["mask"], true);

    // Beyond the limit it is the draft again.
    let again = new_key();
    let more = form(&[("draft[prompt]", "one more"), ("request_key", &again)]);
    let refused = site.post(&ada, "/api/generate", &more, 4).await;
    assert!(refusal(&refused.location).contains("quota_reached"));
    let page = site.get(&ada, "/create", 3).await;
    assert!(page.text.contains("one more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_is_stated_with_the_form_and_once() {
    let server = Server::start(&[]).await;
    let (sam, site) = (server.signed_in("Sam Rivera").await, Site::of(&server));
    let asks = async || {
        let page = site.get(&sam, "/create", 3).await;
        page.text.contains("name=\"age\"")
    };
    let key = new_key();
    let mut silent = form(&[("draft[prompt]", "a boat"), ("request_key", &key)]);
    silent.retain(|(name, _)| *name != "age");
    let refused = site.post(&sam, "/api/generate", &silent, 4).await;
    assert!(refusal(&refused.location).contains("age_not_stated"));
    assert!(asks().await);
    // Refused for something else, it is stated all the same.
    let empty = form(&[("draft[prompt]", " "), ("request_key", &key)]);
    let refused = site.post(&sam, "/api/generate", &empty, 4).await;
    assert_ne!(refusal(&refused.location), "");
    assert!(!asks().await);

    // And where nothing is wrong, it goes with the job.
    let (mina, other) = (server.signed_in("Mina Okafor").await, new_key());
    let sent = form(&[("draft[prompt]", "a boat"), ("request_key", &other)]);
    let sent = site.post(&mina, "/api/generate", &sent, 4).await;
    assert!(sent.location.starts_with("/jobs/"), "{}", sent.location);
    let page = site.get(&mina, "/create", 3).await;
    assert!(!page.text.contains("name=\"age\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_act_on_a_picture_costs_three_trips() {
    let server = Server::start(&[]).await;
    let mut ada = server.signed_in("Ada Martin").await;
    let id = ada.picture("a harbour").await;
    let site = Site::of(&server);
    let act = async |action: &str, more: &[(&str, &str)], most: u32| {
        let mut fields = vec![("ids[]", id.as_str()), ("action", action), ("lang", "en")];
        fields.extend(more);
        let done = site.post(&ada, "/api/change", &fields, most).await;
        assert_eq!(refusal(&done.location), "", "{action}");
        done.location
    };
    let done = act("favourite", &[], 3).await;
    assert!(done.contains("done="), "{done}");
    // What was so already is no change, and leaves nothing behind.
    let nothing = act("favourite", &[], 3).await;
    assert!(nothing.contains("said=nothing"), "{nothing}");
    let rows = server.state.db.fetch_all(imgc::store::Statement::new(
        "SELECT id FROM changes WHERE id NOT IN (SELECT change_id FROM change_images)",
    ));
    assert!(rows.await.unwrap().is_empty());
    act("tag", &[("about[tag]", "sea")], 3).await;
    act("untag", &[("about[tag]", "SEA")], 3).await;
    // The collection is made first.
    act("collect", &[("about[name]", "Sea")], 4).await;
    let published = [("id", id.as_str()), ("lang", "en")];
    let published = site.post(&ada, "/api/publish", &published, 3).await;
    let change = published.location.split("done=").nth(1).unwrap();
    let undone = [("id", change), ("picture", id.as_str()), ("lang", "en")];
    let undone = site.post(&ada, "/api/undo", &undone, 3).await;
    assert_eq!(undone.location, format!("/i/{id}"));
    let stranger = server.browser();
    let page = site.get(&stranger, &format!("/i/{id}"), 1).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}
