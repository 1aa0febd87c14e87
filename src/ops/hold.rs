//! A command's hold on the D1 database: no node serves it meanwhile, and no other
//! such command touches it. It ends by itself some minutes after whoever has it was
//! killed.

use crate::{
    model::limits::{HOUR_MS, MINUTE_MS},
    server::{clock::Clock, sharing},
    store::{
        Db, DbError,
        mover::{self, LEASE},
        node_leases,
    },
};
use std::time::{Duration, Instant};

/// How long it lasts that nobody prolongs: longer than any single step takes.
const HELD_MS: i64 = 5 * MINUTE_MS;
/// How often it is prolonged.
const PROLONGED: Duration = Duration::from_secs(30);

/// The reason a command does not have the database for itself.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Another command has it.
    #[error(
        "another `imgc move` or `imgc after-restore` is at work on the D1 database, or was killed \
         within the last minutes"
    )]
    UnderWay,
    /// Nodes have it; with the lease that one has.
    #[error(
        "nodes are at work on the D1 database (one has the lease `{0}`; `job` is that of a picture \
         under way): stop all of them, and what would wake them, and begin again a minute later"
    )]
    NodesRun(String),
    /// Somebody else took it.
    #[error("the hold on the D1 database was lost, so this ended in the middle: begin again")]
    Lost,
    /// The database did not answer.
    #[error("the D1 database's leases: {0}")]
    Database(#[from] DbError),
}

/// The hold, and when it was prolonged.
pub(super) struct Hold {
    db: Db,
    clock: Clock,
    owner: String,
    prolonged: Instant,
}

impl Hold {
    /// Takes it, unless another move or a node has the database.
    pub(super) async fn take(db: &Db) -> Result<Hold, HoldError> {
        let hold = Hold {
            db: db.clone(),
            clock: Clock::default(),
            owner: format!("move/{}", uuid::Uuid::new_v4()),
            prolonged: Instant::now(),
        };
        if !hold.ask().await? {
            return Err(HoldError::UnderWay);
        }
        // Who keeps house has a lease, and every job in somebody's hands; a node that
        // looks later is kept out.
        let now_ms = hold.now_ms();
        match mover::at_work(db, now_ms).await {
            Ok(None) => Ok(hold),
            Ok(Some(name)) => {
                hold.give_back().await;
                // Whom an erasure is of is nobody's to read here.
                let kind = name.split(':').next().unwrap_or_default();
                Err(HoldError::NodesRun(kind.to_owned()))
            }
            Err(error) => {
                hold.give_back().await;
                Err(error.into())
            }
        }
    }

    /// Now by the database's clock, in Unix milliseconds.
    pub(super) fn now_ms(&self) -> i64 {
        sharing::now_ms(&self.db, &self.clock)
    }

    /// Prolongs it where that is due: to be called at every step.
    pub(super) async fn prolong(&mut self) -> Result<(), HoldError> {
        if self.prolonged.elapsed() < PROLONGED {
            return Ok(());
        }
        self.prolong_now().await
    }

    /// Prolongs it, or finds that somebody else has it.
    pub(super) async fn prolong_now(&mut self) -> Result<(), HoldError> {
        let asked = Instant::now();
        if !self.ask().await? {
            return Err(HoldError::Lost);
        }
        self.prolonged = asked;
        Ok(())
    }

    /// Prolongs it again and again; returns when it is somebody else's.
    pub(super) async fn lost(&mut self) -> HoldError {
        loop {
            tokio::time::sleep(PROLONGED).await;
            if let Err(error) = self.prolong_now().await {
                return error;
            }
        }
    }

    async fn ask(&self) -> Result<bool, DbError> {
        let now_ms = self.now_ms();
        let (until_ms, forgotten_ms) = (now_ms + HELD_MS, now_ms - HOUR_MS);
        let (db, owner) = (&self.db, &self.owner);
        node_leases::take(db, LEASE, owner, until_ms, now_ms, forgotten_ms).await
    }

    /// Gives it back.
    pub(super) async fn give_back(self) {
        if let Err(error) = node_leases::release(&self.db, LEASE, &self.owner).await {
            tracing::warn!(%error, "the hold on the D1 database ends by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_move_keeps_others_out_and_is_kept_out_by_nodes() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let mut hold = Hold::take(&db).await.expect("free");
        assert!(matches!(Hold::take(&db).await, Err(HoldError::UnderWay)));
        hold.prolong_now().await.expect("its own");
        let now_ms = hold.now_ms();
        hold.give_back().await;
        let until_ms = now_ms + MINUTE_MS;
        let house = node_leases::take(&db, "erasing:somebody", "n", until_ms, now_ms, 0);
        assert_eq!(house.await, Ok(true));
        let refused = Hold::take(&db).await.err().map(|error| error.to_string());
        let refused = refused.expect("a node is at work");
        assert!(
            refused.contains("`erasing`") && !refused.contains("somebody"),
            "{refused}"
        );
        // What refused it has not kept others out.
        node_leases::release(&db, "erasing:somebody", "n")
            .await
            .expect("given back");
        Hold::take(&db).await.expect("free again");
    }
}
