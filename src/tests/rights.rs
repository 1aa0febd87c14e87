//! The rights of people: what others see, taking everything along, erasure,
//! and what is kept how long.

mod canary;
mod choices;
mod closing;
mod export;
mod killed;
mod leftovers;
mod retention;

use crate::harness::{Browser, PATIENCE, Server};
use imgc::store::Statement;
use std::time::{Duration, Instant};

const HOUR_MS: i64 = 3600 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Closes the account and returns the receipt's address.
pub async fn close(browser: &mut Browser, when: &str) -> String {
    let fields = [("sure", "on"), ("when", when), ("lang", "en")];
    let page = browser.post("/api/account_close", &fields).await;
    let receipt = page.location().to_owned();
    assert!(receipt.starts_with("/erasure/"), "{receipt} {}", page.text);
    receipt
}

/// Waits until the receipt at this address says something.
pub async fn until_receipt_says(browser: &mut Browser, receipt: &str, words: &str) -> String {
    until_receipt_says_within(PATIENCE, browser, receipt, words).await
}

/// As [`until_receipt_says`], waiting as long as this.
async fn until_receipt_says_within(
    patience: Duration,
    browser: &mut Browser,
    receipt: &str,
    words: &str,
) -> String {
    let began = Instant::now();
    loop {
        let page = browser.get(receipt).await;
        if page.text.contains(words) {
            return page.text;
        }
        assert!(began.elapsed() < patience, "{words}: {}", page.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How many rows a statement that counts as `n` finds.
async fn count(server: &Server, sql: &'static str) -> i64 {
    let row = server.state.db.fetch_optional(Statement::new(sql)).await;
    row.unwrap().unwrap().int("n").unwrap()
}

/// Every file below a folder, with its bytes.
pub fn files_below(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap_or_default();
                found.push((path, bytes));
            }
        }
    }
    found
}

/// Whether these bytes hold that text.
pub fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|window| window == text)
}
