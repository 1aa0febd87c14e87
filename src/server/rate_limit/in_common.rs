//! Limits that hold for all nodes together: counted in rows that they share,
//! beside what each counts in its own memory.

use crate::{
    server::{AppState, secrets::InstanceKey, watch::common_now_ms},
    store::rate_windows::{self, Count},
};
use std::time::Duration;
use tokio::time::timeout;

/// How long a request waits for the database's word on whether it may go on.
const PATIENCE: Duration = Duration::from_secs(5);

/// One limit that something counts against.
pub(super) struct Limit {
    /// Names the limit.
    pub(super) kind: &'static str,
    /// The network or the person it is counted for; `None` for everybody together.
    pub(super) whose: Option<String>,
    /// The most a minute.
    pub(super) most: u32,
}

impl Limit {
    /// Names its row. Who it is about cannot be told from it without the key, and
    /// two limits of one person have nothing in common.
    fn name(&self, key: &InstanceKey) -> String {
        match &self.whose {
            Some(whose) => format!("{}:{}", self.kind, key.rate_name(self.kind, whose)),
            None => self.kind.to_owned(),
        }
    }
}

/// Counts one more against each of these limits, or against none of them; an error
/// says how many seconds to wait. To be asked after the node's own memory, which is
/// all there is where the database is this node's alone, or does not answer.
pub(super) async fn count(state: &AppState, limits: &[Limit]) -> Result<(), u32> {
    if !state.db.is_shared() {
        return Ok(());
    }
    let names: Vec<(String, u32)> = limits
        .iter()
        .map(|limit| (limit.name(&state.key), limit.most.max(1)))
        .collect();
    let counted = rate_windows::take(&state.db, &names, common_now_ms(state));
    match timeout(PATIENCE, counted).await {
        Ok(Ok(Count::Taken)) => Ok(()),
        Ok(Ok(Count::Full { wait_ms })) => Err(seconds(wait_ms)),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a limit is this node's alone for now");
            Ok(())
        }
        Err(_) => {
            tracing::warn!("a limit is this node's alone for now: the database is slow");
            Ok(())
        }
    }
}

/// Whole seconds after which so many milliseconds are over.
fn seconds(wait_ms: i64) -> u32 {
    let seconds = wait_ms.max(1).unsigned_abs().div_ceil(1000);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_never_too_short() {
        let waits = [-1, 0, 1, 1000, 1001, 60_000].map(seconds);
        assert_eq!(waits, [1, 1, 1, 1, 2, 60]);
    }

    #[test]
    fn a_row_says_which_limit_and_not_of_whom() {
        let key = InstanceKey::new([7; 32]);
        let name = |kind, whose: Option<&str>| {
            let limit = Limit {
                kind,
                whose: whose.map(str::to_owned),
                most: 1,
            };
            limit.name(&key)
        };
        let (ours, theirs) = (Some("192.0.2.1"), Some("192.0.2.2"));
        assert!(name("sign_ins", ours).starts_with("sign_ins:"));
        assert!(!name("sign_ins", ours).contains("192.0.2.1"));
        assert_eq!(name("sign_ins", ours), name("sign_ins", ours));
        assert_ne!(name("sign_ins", ours), name("sign_ins", theirs));
        assert_eq!(name("sign_ins_in_all", None), "sign_ins_in_all");
        // The same network is not to be recognised from one limit in another.
        let hash = |kind| {
            name(kind, ours)
                .split_once(':')
                .map(|(_, hash)| hash.to_owned())
        };
        assert_ne!(hash("sign_ins"), hash("reports"));
    }
}
