//! The rights of people: what others see, taking everything along, erasure,
//! and what is kept how long.

mod canary;
mod choices;
mod closing;
mod export;
mod killed;
mod leftovers;
mod retention;

pub use crate::harness::{folder::files_below, stand::holds_bytes as holds};

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
pub async fn until_receipt_says_within(
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
