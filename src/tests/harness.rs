//! A server for a test, and a browser that runs no script.

// By name, because the benchmark of many nodes reads this file from another folder.
#[path = "harness/folder.rs"]
pub mod folder;
#[path = "harness/stand.rs"]
pub mod stand;

pub use stand::on_d1;

use imgc::{
    error::AppError,
    http::serve,
    model::JobView,
    references::tray,
    server::{AppState, config::Config, image_api::DEMO_API_KEY, tls},
    wire,
};
use reqwest::{
    Method, Response, StatusCode, Url,
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use stand::Take;
use std::{
    borrow::Cow,
    collections::HashMap,
    net::TcpListener as StdListener,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// How long anything a test waits for may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Pixels the painter paints: most of what a test's machine would do otherwise.
pub const QUICK_PIXELS: u32 = 40_000;

/// A running server with a data folder of its own.
pub struct Server {
    pub state: AppState,
    pub base: String,
    pub demo: String,
    pub data: TempDir,
}

impl Server {
    /// Starts the demo with these environment variables on top.
    pub async fn start(env: &[(&str, &str)]) -> Server {
        let data = tempfile::tempdir().unwrap();
        Server::start_in(data, env).await
    }

    /// As [`Server::start`], on an existing data folder: with what it held, also
    /// where the run's rows and objects are elsewhere.
    pub async fn start_in(data: TempDir, env: &[(&str, &str)]) -> Server {
        Server::start_with(data, "", env).await
    }

    /// As [`Server::start_in`], with a configuration file of this text.
    pub async fn start_with(data: TempDir, toml: &str, env: &[(&str, &str)]) -> Server {
        let (site, demo) = (listener(), listener());
        let mut vars: HashMap<String, String> = HashMap::from([
            (
                "LEPTOS_SITE_ADDR".into(),
                site.local_addr().unwrap().to_string(),
            ),
            (
                "IMGC_DEMO_PORT".into(),
                demo.local_addr().unwrap().port().to_string(),
            ),
            ("IMGC_DATA_DIR".into(), data.path().display().to_string()),
            ("IMGC_DEMO_PACE_MS".into(), "0".into()),
            ("IMGC_DEMO_PAINTED_PIXELS".into(), QUICK_PIXELS.to_string()),
            ("IMGC_LIMITS_JOBS_PER_MINUTE".into(), "1000".into()),
            ("IMGC_LIMITS_SIGN_INS_PER_MINUTE".into(), "1000".into()),
            ("IMGC_LIMITS_REQUESTS_PER_MINUTE".into(), "100000".into()),
        ]);
        if on_d1() {
            let take = Take::of(data.path()).await.environment().into_iter();
            vars.extend(take.map(|(name, value)| (name.into(), value)));
        }
        vars.extend(env.iter().map(|(k, v)| ((*k).into(), (*v).into())));
        let config = Config::from_parts(toml, &|name| vars.get(name).cloned()).unwrap();
        let base = format!("http://{}", config.leptos.site_addr);
        let demo_base = format!("http://{}", config.demo_addr());
        let is_demo = config.demo;
        let state = AppState::open(config).await.unwrap();
        serve::start_demo(&state, is_demo.then_some(demo))
            .await
            .unwrap();
        let running = state.clone();
        tokio::spawn(async move { serve::run(&running, site).await });
        Server {
            state,
            base,
            demo: demo_base,
            data,
        }
    }

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

    /// Names of the objects it keeps.
    pub async fn objects(&self) -> Vec<String> {
        folder::objects(self.data.path()).await
    }

    /// Names of what is in its spool and what is set aside.
    pub async fn spooled(&self) -> Vec<String> {
        folder::spooled(self.data.path()).await
    }

    /// Every place it has in which this text is: files, rows, objects.
    pub async fn holding(&self, word: &str) -> Vec<String> {
        folder::holding(self.data.path(), word).await
    }

    /// What the painter counted.
    pub async fn painter(&self) -> Value {
        let address = format!("{}/v1/demo/stats", self.demo);
        let client = http_client().get(address).bearer_auth(DEMO_API_KEY);
        let text = client.send().await.unwrap().text().await.unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// A client with no cookies and no habits.
pub fn http_client() -> reqwest::Client {
    tls::client_builder().build().unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.shutdown.cancel();
    }
}

/// A built site as small as can be, in a folder of its own below this one.
pub fn site(folder: &Path) -> PathBuf {
    let site = folder.join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    let module = ["imgc.js", "imgc.wasm", "imgc.css"];
    let scripts = ["arrows.js", "create.js", "easel.js", "library.js"];
    for file in module.into_iter().chain(scripts) {
        std::fs::write(site.join("pkg").join(file), "").unwrap();
    }
    site
}

/// A listener on a free loopback port.
pub fn listener() -> TcpListener {
    let listener = StdListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    TcpListener::from_std(listener).unwrap()
}

/// A browser as far as the server can tell: cookies, `Accept`, `Sec-Fetch-Site`.
pub struct Browser {
    pub base: String,
    pub cookies: HashMap<String, String>,
    client: reqwest::Client,
}

/// An answer, read to its end.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn location(&self) -> &str {
        self.headers
            .get("location")
            .map_or("", |v| v.to_str().unwrap())
    }

    /// The codes of what a form's answer refuses; empty for nothing.
    pub fn refusal(&self) -> String {
        refusal(self.location())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// The codes in the address that a refused form is sent back to.
pub fn refusal(location: &str) -> String {
    let home = Url::parse("http://127.0.0.1").unwrap();
    let location = home.join(location).unwrap();
    let codes = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match name.as_ref() {
        "error" => serde_json::to_string(&AppError::from_query(&value)).ok(),
        "refused" => serde_json::to_string(&tray::from_query(&value)).ok(),
        _ => None,
    };
    location.query_pairs().filter_map(codes).collect()
}

impl Browser {
    pub fn new(base: &str) -> Browser {
        Browser {
            base: base.to_owned(),
            cookies: HashMap::new(),
            client: tls::client_builder()
                .redirect(Policy::none())
                .user_agent("reqwest-test")
                .build()
                .unwrap(),
        }
    }

    /// A browser that a trusted proxy says to be at this address.
    pub fn behind(base: &str, address: &str) -> Browser {
        let from = HeaderValue::from_str(address).unwrap();
        let client = tls::client_builder()
            .redirect(Policy::none())
            .user_agent("reqwest-test")
            .default_headers(
                [(HeaderName::from_static("x-forwarded-for"), from)]
                    .into_iter()
                    .collect(),
            );
        Browser {
            client: client.build().unwrap(),
            ..Browser::new(base)
        }
    }

    /// A request with what a browser sends along.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let address = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let mut request = self
            .client
            .request(method, address)
            .header("accept", "text/html,application/xhtml+xml")
            .header("sec-fetch-site", "same-origin")
            .timeout(PATIENCE);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        request
    }

    /// Sends a request and keeps the cookies of the answer.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        response
    }

    async fn page(&mut self, request: reqwest::RequestBuilder) -> Page {
        let response = self.send(request).await;
        Page {
            status: response.status(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.page(request).await
    }

    /// The map of the site for crawlers: its index, and every file that it names.
    pub async fn sitemap(&mut self) -> String {
        let mut map = self.get("/sitemap.xml").await.text;
        let files: Vec<String> = map
            .split("<loc>")
            .skip(1)
            .filter_map(|loc| loc.split_once("</loc>"))
            .filter_map(|(address, _)| Some(Url::parse(address).ok()?.path().to_owned()))
            .collect();
        assert!(!files.is_empty(), "no file: {map}");
        for file in files {
            let page = self.get(&file).await;
            assert_eq!(page.status, StatusCode::OK, "{file}");
            map.push_str(&page.text);
        }
        map
    }

    /// The status and the bytes of a file.
    pub async fn get_bytes(&mut self, path: &str) -> (u16, Vec<u8>) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.bytes().await.unwrap().to_vec())
    }

    /// Posts a form as a browser without JavaScript does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.form(path, fields);
        self.page(request).await
    }

    /// The request of [`Browser::post`], not sent yet.
    pub fn form(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        form(self.request(Method::POST, path), fields)
    }

    /// Posts as a program does.
    pub async fn call(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.request(Method::POST, path);
        self.json(form(request, fields)).await
    }

    /// What a server function answers, read as the browser's face reads it.
    pub async fn load<T: Serialize + DeserializeOwned>(&mut self, path: &str) -> Value {
        let mut request = self.request(Method::GET, path).build().unwrap();
        let ours = HeaderValue::from_static(wire::CONTENT_TYPE);
        request.headers_mut().insert("accept", ours);
        let answer = self.client.execute(request).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let bytes = answer.bytes().await.unwrap().to_vec();
        let value: T = wire::from_bytes(bytes).unwrap();
        serde_json::to_value(value).unwrap()
    }

    /// Reads as a program does.
    pub async fn ask(&mut self, path: &str) -> Page {
        let request = self.request(Method::GET, path);
        self.json(request).await
    }

    async fn json(&mut self, request: reqwest::RequestBuilder) -> Page {
        let mut built = request.build().unwrap();
        built
            .headers_mut()
            .insert("accept", HeaderValue::from_static("application/json"));
        let response = self.client.execute(built).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let ours = headers
            .get("content-type")
            .is_some_and(|kind| kind == wire::CONTENT_TYPE);
        let bytes = response.bytes().await.unwrap().to_vec();
        let text = if ours && !status.is_success() {
            // A server function's error: its codes, for the test to read.
            let error: AppError = wire::from_bytes(bytes).unwrap();
            serde_json::to_string(&error).unwrap()
        } else {
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Page {
            status,
            headers,
            text,
        }
    }

    /// Walks to the provider and back as this person; returns the last page's answer.
    pub async fn sign_in(&mut self, person: &str) -> Page {
        let start = self.get("/auth/start?next=/create").await;
        assert_eq!(start.status, 303, "{}", start.text);
        let callback = self.choose(start.location(), person).await;
        self.get(&callback).await
    }

    /// Chooses a person at the provider and returns the callback's address.
    pub async fn choose(&mut self, authorize: &str, person: &str) -> String {
        let (address, query) = authorize.split_once('?').unwrap();
        let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        fields.push(("name".into(), person.into()));
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let origin = address.trim_end_matches("/authorize");
        let request = self
            .client
            .post(authorize)
            .header("origin", origin)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish());
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let location = answer
            .headers()
            .get("location")
            .map(|v| v.to_str().unwrap().to_owned());
        location.unwrap_or_else(|| panic!("no redirect from the provider ({status})"))
    }

    /// Submits the composer and returns the job's id.
    pub async fn generate(&mut self, prompt: &str) -> String {
        let page = self.submit(prompt, &new_key(), &[]).await;
        job_id(&page)
    }

    /// Submits the composer's form with some fields changed.
    pub async fn submit(&mut self, prompt: &str, key: &str, more: &[(&str, &str)]) -> Page {
        let mut fields = vec![
            ("draft[prompt]", prompt),
            ("draft[model]", "gpt-image-2.5-flare"),
            ("draft[size]", "1024x1024"),
            ("draft[quality]", "low"),
            ("draft[count]", "1"),
            ("draft[format]", "png"),
            ("request_key", key),
            ("age", "on"),
            ("lang", "en"),
        ];
        for (name, value) in more {
            fields.retain(|(n, _)| n != name);
            fields.push((name, value));
        }
        self.post("/api/generate", &fields).await
    }

    /// The job's view, and as `images` those that are there.
    pub async fn job(&mut self, id: &str) -> Value {
        let mut job = self.load::<JobView>(&format!("/api/job?id={id}")).await;
        let tiles = job["tiles"].as_array().into_iter().flatten();
        let there = tiles
            .map(|tile| tile["image"].clone())
            .filter(|image| !image.is_null());
        job["images"] = there.collect();
        job
    }

    /// Waits until the job is in one of these states, and returns its view.
    pub async fn until(&mut self, id: &str, states: &[&str]) -> Value {
        let began = Instant::now();
        loop {
            let job = self.job(id).await;
            if states.contains(&job["state"].as_str().unwrap()) {
                return job;
            }
            assert!(began.elapsed() < PATIENCE, "still {}", job["state"]);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the request is made and the renditions of all its pictures are noted, and
    /// returns its view.
    pub async fn prepared(&mut self, id: &str) -> Value {
        let job = self.until(id, &["ready", "failed", "unknown"]).await;
        assert_eq!(job["state"], "ready", "{job}");
        let began = Instant::now();
        loop {
            let job = self.job(id).await;
            let pictures = job["images"].as_array().unwrap();
            // The colour shown until a picture's own is known.
            if pictures.iter().all(|one| one["placeholder"] != "#f2f2f0") {
                return job;
            }
            assert!(began.elapsed() < PATIENCE, "no renditions: {job}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Makes a picture, waits until its renditions are noted, and returns its id.
    pub async fn picture(&mut self, prompt: &str) -> String {
        let id = self.generate(prompt).await;
        let job = self.prepared(&id).await;
        job["images"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// The id in a redirect to a job's page.
pub fn job_id(page: &Page) -> String {
    let location = page.location();
    let id = location.rsplit('/').next().unwrap_or_default();
    assert!(
        location.contains("/jobs/") && !id.is_empty(),
        "no job: {} {location} {}",
        page.status,
        page.text
    );
    id.to_owned()
}

/// A fresh key for a submission.
pub fn new_key() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    request
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.finish())
}
