//! Addresses of the site's own are written in `routes.rs` alone.

use super::{layers::code_of, sources};
use imgc::routes::{self, Route};
use std::collections::BTreeSet;

/// Where they may be written by hand: the list of them, and the tables of
/// pages, whose macro takes nothing else (`tests/routes.rs` compares the two).
const TABLES: [&str; 4] = [
    "src/routes.rs",
    "src/routes/makers.rs",
    "src/http/app.rs",
    "src/http/ssr_pages.rs",
];

/// What addresses begin with: `/` and their first word.
fn beginnings() -> BTreeSet<String> {
    let pages = Route::every("").map(|page| page.path().as_str().to_owned());
    let others = [
        routes::AUTH,
        routes::MEDIA,
        routes::FILES,
        routes::UPLOADS,
        routes::EDITS,
        routes::SHARE,
    ]
    .map(str::to_owned);
    pages
        .into_iter()
        .chain(others)
        .chain(routes::served("").map(|page| page.as_str().to_owned()))
        .chain([routes::avatar("")])
        .map(|path| path.trim_end_matches('/').to_owned())
        // A slash alone means many things.
        .filter(|path| !path.is_empty())
        .collect()
}

/// Whether a line has a text that begins as one of our addresses does, or goes
/// on as one after a value that is put in.
fn writes_one(line: &str, beginnings: &BTreeSet<String>) -> bool {
    beginnings.iter().any(|beginning| {
        line.match_indices(beginning.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + beginning.len()..].chars().next();
            matches!(before, Some('"' | '}')) && matches!(after, Some('"' | '/' | '?' | '#' | '{'))
        })
    })
}

#[test]
fn addresses_are_written_once() {
    let beginnings = beginnings();
    let (mut tables, mut elsewhere) = (BTreeSet::new(), Vec::new());
    for (name, text) in sources() {
        if name.ends_with("tests.rs") {
            continue;
        }
        for (index, line) in code_of(&text).lines().enumerate() {
            if !writes_one(line, &beginnings) {
                continue;
            }
            match TABLES.contains(&name.as_str()) {
                true => drop(tables.insert(name.clone())),
                false => elsewhere.push(format!("{name}:{}: {}", index + 1, line.trim())),
            }
        }
    }
    assert_eq!(elsewhere, Vec::<String>::new(), "use `Route` or `routes`");
    assert_eq!(tables.len(), TABLES.len(), "nothing was found in a table");
}
