//! Trips to the database: how often something waits for it. On an engine that is
//! far away they are what a page costs, and tests hold pages to a number.
//!
//! A statement, a batch and several reads sent together are one trip each, on
//! every engine. Whatever an engine does by itself (it tries again, or sends the
//! reads of several people as one) changes nothing in the count.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

tokio::task_local! {
    static COUNTER: Counter;
}

/// Counts the trips of whatever runs within it, also of several tasks.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<AtomicU32>);

impl Counter {
    /// The counter of the task that runs, to be carried into a task it starts.
    pub fn current() -> Option<Counter> {
        COUNTER.try_with(Counter::clone).ok()
    }

    /// Runs something and counts its trips.
    pub async fn within<F: Future>(&self, future: F) -> F::Output {
        COUNTER.scope(self.clone(), future).await
    }

    /// Number of trips so far.
    pub fn trips(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs something and tells how many trips it took. A task that it starts is
/// counted only where it takes [`Counter::current`] along.
pub async fn count<F: Future>(future: F) -> (F::Output, u32) {
    let counter = Counter::default();
    let output = counter.within(future).await;
    (output, counter.trips())
}

/// Notes a trip, where somebody counts.
pub(super) fn note() {
    let _ = COUNTER.try_with(|counter| counter.0.fetch_add(1, Ordering::Relaxed));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn trips_are_counted_where_somebody_counts() {
        note();
        let (said, trips) = count(async {
            note();
            let counter = Counter::current().expect("one counts");
            let task = tokio::spawn(async move { counter.within(async { note() }).await });
            task.await.expect("runs");
            // A task without the counter counts for nobody.
            tokio::spawn(async { note() }).await.expect("runs");
            let (_, inner) = count(async { note() }).await;
            inner
        })
        .await;
        assert_eq!((said, trips), (1, 2));
        assert!(Counter::current().is_none());
    }
}
