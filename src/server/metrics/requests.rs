//! Requests by method, route and class of status, and how long each route took.
//!
//! Routes are those that the program was built with: what somebody asks for is found
//! among them or counted as one of the rest, so that no address makes a figure of its
//! own. All of it is made once; a request finds its place and adds to numbers.

use super::{Count, Histogram, Lengths};
use crate::{
    i18n::LANGUAGES,
    routes::{self, Route},
};
use axum::http::{Method, StatusCode};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Whatever no route is for, and what was refused before it had one.
const OTHER: &str = "other";
/// The built files of the site.
const FILES: &str = "files";
/// The places of both.
const OTHER_PLACE: usize = 0;
const FILES_PLACE: usize = 1;

/// Seconds that answers are sorted by.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
const METHODS: [&str; 4] = ["GET", "HEAD", "POST", OTHER];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// The requests that were answered.
pub struct Requests {
    /// The place of each route as the router names it, in every language.
    places: HashMap<String, usize>,
    counted: Vec<OfRoute>,
    /// What addresses of built files begin with.
    files: String,
    /// The place of the files of published pictures.
    pictures: usize,
}

struct OfRoute {
    route: String,
    answers: [[Count; CLASSES.len()]; METHODS.len()],
    took: Histogram,
}

/// The route of one request, which is found inside the layers and counted outside.
#[derive(Clone, Debug)]
pub struct RouteOf(Arc<AtomicUsize>);

/// Not found yet, or never.
const UNKNOWN: usize = usize::MAX;

impl Default for RouteOf {
    fn default() -> RouteOf {
        RouteOf(Arc::new(AtomicUsize::new(UNKNOWN)))
    }
}

impl Requests {
    /// With nothing counted; the built files are in this folder of the site.
    pub fn new(files: &str) -> Requests {
        let mut requests = Requests {
            places: HashMap::new(),
            counted: Vec::new(),
            files: format!("/{files}/"),
            pictures: OTHER_PLACE,
        };
        requests.add(OTHER.to_owned());
        requests.add(FILES.to_owned());
        let pages = Route::every("{id}").map(Route::path);
        for page in pages.into_iter().chain(routes::served("{id}")) {
            let place = requests.add(page.as_str().to_owned());
            for (locale, _) in LANGUAGES {
                requests.places.insert(page.address(locale), place);
            }
        }
        for route in beside_pages() {
            let place = requests.add(route.clone());
            requests.places.insert(route, place);
        }
        let pictures = requests.places.get(&routes::media("{key}", "{file}"));
        requests.pictures = pictures.copied().unwrap_or(OTHER_PLACE);
        requests
    }

    fn add(&mut self, route: String) -> usize {
        self.counted.push(OfRoute {
            route,
            answers: Default::default(),
            took: Histogram::new(SECONDS),
        });
        self.counted.len() - 1
    }

    /// Notes which route the router found.
    pub fn found(&self, route: &str, of: &RouteOf) {
        if let Some(place) = self.places.get(route) {
            of.0.store(*place, Ordering::Relaxed);
        }
    }

    /// Counts an answer of whichever route was found, if any was.
    pub fn answered(
        &self,
        (method, path): (&Method, &str),
        of: &RouteOf,
        status: StatusCode,
        took: Duration,
    ) {
        let place = match of.0.load(Ordering::Relaxed) {
            UNKNOWN if path.starts_with(&self.files) => FILES_PLACE,
            UNKNOWN => OTHER_PLACE,
            place => place,
        };
        self.count(place, method, status, took);
    }

    /// Counts an answer from memory: a page's, by its route.
    pub fn page_given(&self, route: &str, took: Duration) {
        let place = self.places.get(route).copied().unwrap_or(OTHER_PLACE);
        self.count(place, &Method::GET, StatusCode::OK, took);
    }

    /// Counts an answer from memory: a built file.
    pub fn file_given(&self, took: Duration) {
        self.count(FILES_PLACE, &Method::GET, StatusCode::OK, took);
    }

    /// Counts an answer from memory: a file of a published picture.
    pub fn picture_given(&self, took: Duration) {
        self.count(self.pictures, &Method::GET, StatusCode::OK, took);
    }

    fn count(&self, place: usize, method: &Method, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => 0,
            Method::HEAD => 1,
            Method::POST => 2,
            _ => 3,
        };
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        let Some(of_route) = self.counted.get(place) else {
            return;
        };
        of_route.answers[method][class.min(CLASSES.len() - 1)].add();
        of_route.took.observe(took);
    }

    /// What was counted, by method, route and class: what there was none of is left out.
    pub(super) fn answers(&self) -> impl Iterator<Item = ([(&'static str, &str); 3], u64)> {
        self.counted.iter().flat_map(|of_route| {
            let methods = METHODS.into_iter().zip(&of_route.answers);
            methods.flat_map(move |(method, classes)| {
                let classes = CLASSES.into_iter().zip(classes);
                classes.filter_map(move |(class, count)| {
                    let labels = [
                        ("method", method),
                        ("route", of_route.route.as_str()),
                        ("status", class),
                    ];
                    let count = count.get();
                    (count > 0).then_some((labels, count))
                })
            })
        })
    }

    /// How long answers took, by route: of those that had any.
    pub(super) fn lengths(&self) -> impl Iterator<Item = (&str, Lengths)> {
        self.counted.iter().filter_map(|of_route| {
            let lengths = of_route.took.read();
            (lengths.count > 0).then_some((of_route.route.as_str(), lengths))
        })
    }
}

/// The routes that are no pages, as the router names them.
fn beside_pages() -> Vec<String> {
    let mut routes: Vec<String> = [
        "/healthz",
        "/readyz",
        "/robots.txt",
        routes::SITEMAP,
        routes::SIGN_IN_START,
        routes::SIGN_IN_CALLBACK,
        routes::SECURITY_EVENTS,
        routes::JOBS_EVENTS,
        routes::LIBRARY_ZIP,
        routes::ACCOUNT_EXPORT,
        routes::ADMIN_COSTS,
        routes::TRANSPARENCY_CSV,
        routes::UPLOADS,
        routes::EDITS,
        routes::SHARE,
        routes::MANY_FORM,
    ]
    .map(str::to_owned)
    .to_vec();
    routes.extend([
        routes::sitemap_file("{file}"),
        routes::media("{key}", "{file}"),
        routes::file("{id}", "{file}"),
        routes::uploaded("{id}", "{file}"),
        routes::avatar("{user}"),
        routes::job_events("{id}"),
        routes::job_partial("{id}", "{index}"),
    ]);
    let functions = leptos::server_fn::axum::server_fn_paths();
    routes.extend(functions.map(|(path, _)| path.to_owned()));
    routes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_makes_no_figure_of_its_own() {
        let requests = Requests::new("pkg");
        for path in ["/a", "/b", "/pkg/a.js", "/pkg/b.js", "/i/1"] {
            for method in [Method::GET, Method::from_bytes(b"BREW").expect("a method")] {
                let of = RouteOf::default();
                requests.found(path, &of);
                let took = Duration::from_millis(3);
                requests.answered((&method, path), &of, StatusCode::NOT_FOUND, took);
            }
        }
        let of = RouteOf::default();
        requests.found("/fr/i/{id}", &of);
        let took = Duration::from_millis(3);
        requests.answered((&Method::GET, "/fr/i/1"), &of, StatusCode::OK, took);
        requests.page_given("/i/{id}", took);
        let counted: Vec<(String, u64)> = requests
            .answers()
            .map(|(labels, count)| (labels.map(|(_, value)| value).join(" "), count))
            .collect();
        let expected = [
            ("GET other 4xx", 3),
            ("other other 4xx", 3),
            ("GET files 4xx", 2),
            ("other files 4xx", 2),
            ("GET /i/{id} 2xx", 2),
        ];
        let expected = expected.map(|(what, count)| (what.to_owned(), count));
        assert_eq!(counted, expected);
        assert_eq!(requests.lengths().count(), 3);
    }
}
