//! One at a time for each person: whoever sends many pictures at once waits for
//! their own, and keeps nobody else waiting.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OwnedMutexGuard;

/// Whose turn it is; people who wait for nothing are forgotten.
#[derive(Default)]
pub struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits for this person's turn; it ends when the guard is dropped.
    pub async fn wait(&self, person: &str) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            turns.entry(person.to_owned()).or_default().clone()
        };
        turn.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn a_person_waits_for_themselves_and_for_nobody_else() {
        let turns = Turns::default();
        let ada = turns.wait("ada").await;
        let soon = Duration::from_millis(50);
        assert!(tokio::time::timeout(soon, turns.wait("ada")).await.is_err());
        let _sam = turns.wait("sam").await;
        drop(ada);
        let _ada = turns.wait("ada").await;
        assert_eq!(turns.0.lock().expect("a map").len(), 2);
    }
}
