//! How a job's row stands to whoever works on it. Another node may have taken the
//! job over while this one was stopped, or could not reach the database.

use super::{lease_until, outcome::JobError};
use crate::{
    model::JobState,
    server::AppState,
    store::{jobs::Job, leases},
};

/// What an owner may do with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Its steps: it is theirs.
    Theirs,
    /// Nothing more: they have brought it to its end.
    Done,
    /// Lead it on all the same: it was given up for lost, and they have its answer.
    Late,
    /// Wait: whoever has it looks for an answer, and has found it or will give up.
    Elsewhere,
    /// Nothing: another has it, or it ended.
    Lost,
}

/// How the row stands to this owner. Who took the job over and the claim under which
/// the image API was asked never both lead it on: the claim waits until the other
/// has found its answer or given up, and giving up is a state that one of them leaves.
pub(super) fn standing(row: &Job, owner: &str) -> Standing {
    let has_lease = row.lease_owner.as_deref() == Some(owner);
    let has_claim = row.claim.as_deref() == Some(owner);
    match row.state {
        JobState::Dispatching | JobState::Received | JobState::Stored if has_lease => {
            Standing::Theirs
        }
        JobState::Ready if has_lease => Standing::Done,
        JobState::Unknown if has_claim => Standing::Late,
        JobState::Dispatching if has_claim && row.lease_owner.is_none() => Standing::Late,
        JobState::Dispatching if has_claim => Standing::Elsewhere,
        _ => Standing::Lost,
    }
}

/// The row of a job that is given back to the claim whose answer is in the spool.
pub(super) async fn regain(state: &AppState, job: &Job) -> Result<Job, JobError> {
    let now_ms = state.clock.now_ms();
    let until_ms = lease_until(state);
    let regained = leases::regain(&state.db, &job.id, job.owner(), until_ms, now_ms).await?;
    let Some(row) = regained else {
        // Who leaves gets nothing back, and nothing of it is left behind.
        return Err(
            match leases::owner_is_due(&state.db, &job.id, now_ms).await {
                Ok(true) => JobError::OwnerLeaves,
                _ => JobError::LeaseLost,
            },
        );
    };
    tracing::info!(job = job.id, "an answer came late, and its job goes on");
    state.progress.changed(&job.id);
    Ok(row)
}

/// How a job stands to its owner by now; one that is gone is lost.
pub(super) async fn standing_now(state: &AppState, job: &Job) -> Result<Standing, JobError> {
    let row = leases::by_id(&state.db, &job.id).await?;
    Ok(row.map_or(Standing::Lost, |row| standing(&row, job.owner())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Prompt, Settings};

    fn row(state: JobState, lease_owner: Option<&str>, claim: Option<&str>) -> Job {
        Job {
            id: "job".into(),
            user_id: "person".into(),
            state,
            prompt: Prompt("a boat".into()),
            settings: Settings::default(),
            reserved_micros: 0,
            cost_micros: None,
            cost_estimated: false,
            pictures: None,
            attempts: 1,
            failure: None,
            created_at_ms: 0,
            not_before_ms: 0,
            dispatched_at_ms: None,
            finished_at_ms: None,
            parent_id: None,
            keeps_outside: false,
            lease_owner: lease_owner.map(str::to_owned),
            claim: claim.map(str::to_owned),
            group_id: None,
        }
    }

    #[test]
    fn of_a_claim_and_who_took_its_job_over_one_leads_it_on() {
        use JobState as S;
        let (claim, other) = (Some("a/1"), Some("b/2"));
        // What the row says, what the claim may do, what who took it over may do.
        let table = [
            (S::Dispatching, claim, Standing::Theirs, Standing::Lost),
            (S::Dispatching, other, Standing::Elsewhere, Standing::Theirs),
            (S::Dispatching, None, Standing::Late, Standing::Lost),
            (S::Received, other, Standing::Lost, Standing::Theirs),
            (S::Stored, other, Standing::Lost, Standing::Theirs),
            (S::Received, claim, Standing::Theirs, Standing::Lost),
            (S::Unknown, other, Standing::Late, Standing::Lost),
            (S::Ready, other, Standing::Lost, Standing::Done),
            (S::Ready, claim, Standing::Done, Standing::Lost),
            (S::Failed, claim, Standing::Lost, Standing::Lost),
            (S::Queued, claim, Standing::Lost, Standing::Lost),
            (S::Cancelled, claim, Standing::Lost, Standing::Lost),
        ];
        for (state, has_lease, of_claim, of_other) in table {
            let row = row(state, has_lease, claim);
            let told = (standing(&row, "a/1"), standing(&row, "b/2"));
            assert_eq!(told, (of_claim, of_other), "{state:?} {has_lease:?}");
        }
    }
}
