//! Carrying out the rules of retention, and counting what they would do.

use super::{dated_files, late_answers, networks::shorten_addresses, orphans};
use crate::{
    account::erasure,
    library::trash,
    model::limits::{DAY_MS, HOUR_MS, SESSION_IDLE_MS},
    model::retention::RetentionRule,
    server::{AppState, mail, outbox},
    store::{
        DbError, handles, rate_windows,
        retention::{self, Counted, Rows},
        sealed, uploads, visibility,
    },
};
use std::{fmt::Write, io, path::PathBuf};

/// A rule that found nothing says so at most this often.
const NOTED_EVERY_MS: i64 = HOUR_MS;

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The rule that was carried out.
    pub rule: RetentionRule,
    /// How many things it removed, or would.
    pub removed: u64,
    /// Whether something due was left because a store did not answer.
    pub failed: bool,
}

/// Whose rules are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Every one: of a node that is alone, or by an operator's word.
    All,
    /// Those about what all nodes have in common.
    Service,
    /// Those about what is on this node's own disk.
    Node,
}

/// The rules of a share, in their order.
fn rules_of(state: &AppState, share: Share) -> Vec<RetentionRule> {
    let mut rules = RetentionRule::ALL.to_vec();
    rules.retain(|&rule| match rule {
        // Nobody counts in rows what one node knows by heart.
        RetentionRule::RateWindows if !state.db.is_shared() => false,
        rule => match share {
            Share::All => true,
            Share::Service => !rule.is_of_node(),
            Share::Node => rule.is_of_node(),
        },
    });
    rules
}

/// Carries out every rule of this share that has its turn, and notes what each did.
pub async fn run(state: &AppState, share: Share) -> Vec<Outcome> {
    carry_out_those(state, &rules_of(state, share)).await
}

/// Carries out this rule alone, as [`run`] does all of them.
pub async fn run_only(state: &AppState, rule: RetentionRule) -> Vec<Outcome> {
    carry_out_those(state, &[rule]).await
}

/// Carries out every rule now, the daily ones too.
pub async fn run_all(state: &AppState) -> Vec<Outcome> {
    let mut outcomes = run(state, Share::All).await;
    let daily = outcomes.iter().any(|o| o.rule == RetentionRule::Orphans);
    if !daily && trusts_clock(state).await {
        let now_ms = state.clock.now_ms();
        for rule in [RetentionRule::Orphans, RetentionRule::Objects] {
            outcomes.retain(|o| o.rule != rule);
            outcomes.push(carry_out(state, rule, now_ms, true).await);
        }
    }
    outcomes
}

async fn carry_out_those(state: &AppState, rules: &[RetentionRule]) -> Vec<Outcome> {
    let now_ms = state.clock.now_ms();
    let trusted = trusts_clock(state).await;
    let before = retention::runs(&state.db).await.unwrap_or_default();
    let last = |rule: RetentionRule| before.iter().find(|run| run.rule == rule.name());
    let mut outcomes = Vec::new();
    for &rule in rules {
        let ran_ms = last(rule).map(|run| run.ran_at_ms);
        let recently = |every_ms| ran_ms.is_some_and(|ran| (0..every_ms).contains(&(now_ms - ran)));
        if rule == RetentionRule::Orphans && recently(DAY_MS) {
            continue;
        }
        if !trusted && goes_by_the_clock(rule) {
            continue;
        }
        let outcome = carry_out(state, rule, now_ms, trusted).await;
        if rule == RetentionRule::Mails {
            mail::given_up(state, outcome.removed);
        }
        let news = outcome.removed > 0
            || last(rule).is_none_or(|run| run.failed != outcome.failed)
            || !recently(NOTED_EVERY_MS);
        if outcome.removed > 0 && rule != RetentionRule::Objects {
            tracing::info!(rule = rule.name(), removed = outcome.removed, "retention");
        }
        if news {
            let (name, removed) = (rule.name(), outcome.removed);
            let noted = retention::ran(&state.db, name, removed, outcome.failed, now_ms);
            if let Err(error) = noted.await {
                tracing::warn!(%error, "a rule of retention was not noted");
            }
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// Whether what goes by its age may go now.
async fn trusts_clock(state: &AppState) -> bool {
    let shown_ms = state.clock.system_ms();
    state.clock_watch.trusts(&state.db, shown_ms).await
}

/// False for what goes because somebody or something said so, whatever the time
/// is: it does not wait until a doubted clock is believed.
fn goes_by_the_clock(rule: RetentionRule) -> bool {
    !matches!(
        rule,
        RetentionRule::ClosedAccounts | RetentionRule::Spool | RetentionRule::Objects
    )
}

/// What every rule would remove now. Removes nothing.
pub async fn due(state: &AppState) -> Result<Vec<Outcome>, DbError> {
    let now_ms = state.clock.now_ms();
    let mut outcomes = Vec::new();
    for rule in rules_of(state, Share::All) {
        let removed = match (rows_of(rule), counted_of(rule)) {
            (Some(rows), _) => {
                let (before_ms, idle_ms) = rows_before(state, rule, now_ms);
                retention::rows_due(&state.db, rows, before_ms, idle_ms).await?
            }
            (_, Some(counted)) => {
                retention::counted_due(&state.db, counted, counted_before(rule, now_ms)).await?
            }
            _ if rule == RetentionRule::Addresses => {
                retention::whole_addresses_due(&state.db, now_ms - rule.kept_ms()).await?
            }
            _ if rule == RetentionRule::SealedCopies => sealed::due(&state.db, now_ms).await?,
            _ if rule == RetentionRule::UnlistedAddresses => {
                visibility::ended(&state.db, now_ms).await?
            }
            _ if rule == RetentionRule::GivenUpHandles => handles::due(&state.db, now_ms).await?,
            _ if rule == RetentionRule::RateWindows => {
                rate_windows::due(&state.db, windows_before(state, rule, now_ms)).await?
            }
            _ => {
                let found = match rule {
                    RetentionRule::Spool => {
                        let jobs = orphans::in_spool(state).await;
                        jobs.map(|jobs| jobs.len() as u64)
                    }
                    RetentionRule::Logs
                    | RetentionRule::Backups
                    | RetentionRule::MigrationCopies => {
                        let old = old_files(state, rule, now_ms).await;
                        old.map(|files| files.len() as u64)
                            .map_err(|_| orphans::Unfinished::Files)
                    }
                    _ => orphans::count(state).await,
                };
                match found {
                    Ok(found) => found,
                    Err(_) => {
                        outcomes.push(Outcome {
                            rule,
                            removed: 0,
                            failed: true,
                        });
                        continue;
                    }
                }
            }
        };
        outcomes.push(Outcome {
            rule,
            removed,
            failed: false,
        });
    }
    Ok(outcomes)
}

/// Rules and figures as lines of text, for the command line.
pub fn report(outcomes: &[Outcome], verb: &str) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let trouble = if outcome.failed {
            "  (a store did not answer: the rest goes on later)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  {:<18} {:>8} {verb}{trouble}",
            outcome.rule.name(),
            outcome.removed
        );
    }
    text
}

/// They are counted by the database's clock, and kept for little longer than they
/// count: this node's own may be ahead of it.
fn windows_before(state: &AppState, rule: RetentionRule, now_ms: i64) -> i64 {
    now_ms + state.db.clock_offset_ms().unwrap_or_default() - rule.kept_ms()
}

async fn carry_out(state: &AppState, rule: RetentionRule, now_ms: i64, trusted: bool) -> Outcome {
    let done = if let Some(rows) = rows_of(rule) {
        let (before_ms, idle_ms) = rows_before(state, rule, now_ms);
        retention::remove_rows(&state.db, rows, before_ms, idle_ms)
            .await
            .map_err(|_| ())
    } else {
        match rule {
            RetentionRule::Addresses => shorten_addresses(state, now_ms).await.map_err(|_| ()),
            RetentionRule::RateWindows => {
                let before_ms = windows_before(state, rule, now_ms);
                let forgotten = rate_windows::forget(&state.db, before_ms);
                forgotten.await.map_err(|_| ())
            }
            RetentionRule::Trash => trash::delete_expired(state)
                .await
                .map(|pictures| pictures as u64)
                .map_err(|_| ()),
            RetentionRule::Uploads => expire_uploads(state, now_ms).await.map_err(|_| ()),
            RetentionRule::UnlistedAddresses => {
                let forgotten = visibility::forget_ended(&state.db, now_ms).await;
                forgotten.map_err(|_| ())
            }
            RetentionRule::SealedCopies => sealed::expire(&state.db, now_ms).await.map_err(|_| ()),
            RetentionRule::GivenUpHandles => {
                let forgotten = handles::forget_rested(&state.db, now_ms);
                forgotten.await.map_err(|_| ())
            }
            RetentionRule::ClosedAccounts => {
                let erased = if trusted {
                    erasure::erase_due(state).await
                } else {
                    erasure::erase_wished(state).await
                };
                return Outcome {
                    rule,
                    removed: erased.people,
                    failed: erased.interrupted,
                };
            }
            RetentionRule::Logs | RetentionRule::Backups | RetentionRule::MigrationCopies => {
                remove_files(state, rule, now_ms).await.map_err(|_| ())
            }
            RetentionRule::Spool => clear_spool(state).await.map_err(|_| ()),
            RetentionRule::Orphans => {
                tell_of_missing(state).await;
                orphans::order_deletions(state).await.map_err(|_| ())
            }
            RetentionRule::Objects => {
                let deleted = outbox::delete_objects(state).await;
                return Outcome {
                    rule,
                    removed: deleted.objects,
                    failed: deleted.interrupted,
                };
            }
            // Rows, which were handled above.
            _ => Ok(0),
        }
    };
    Outcome {
        rule,
        removed: done.unwrap_or(0),
        failed: done.is_err(),
    }
}

/// What came late goes on; what is of jobs that are over goes.
async fn clear_spool(state: &AppState) -> Result<u64, orphans::Unfinished> {
    late_answers::take_up(state).await?;
    orphans::remove_from_spool(state).await
}

/// Tells the operator of originals that rows promise and the store lacks.
async fn tell_of_missing(state: &AppState) {
    match orphans::missing(state).await {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => tracing::error!(
            missing = missing.len(),
            first = missing.first(),
            "originals are missing from the object store"
        ),
        Err(error) => tracing::warn!(%error, "rows and objects were not compared"),
    }
}

fn rows_of(rule: RetentionRule) -> Option<Rows> {
    Some(match rule {
        RetentionRule::Sessions => Rows::Sessions,
        RetentionRule::SignIns => Rows::SignIns,
        RetentionRule::SignInRecords => Rows::SignInRecords,
        RetentionRule::Changes => Rows::Changes,
        RetentionRule::ErasedUsage => Rows::ErasedUsage,
        RetentionRule::Receipts => Rows::Receipts,
        RetentionRule::Reports => Rows::Reports,
        RetentionRule::Notices => Rows::Notices,
        RetentionRule::Cases => Rows::Cases,
        RetentionRule::Suspensions => Rows::Suspensions,
        RetentionRule::RemovedPictures => Rows::RemovedPictures,
        RetentionRule::Orders => Rows::Orders,
        RetentionRule::Reporters => Rows::Reporters,
        RetentionRule::AdminActs => Rows::AdminActs,
        RetentionRule::Invitations => Rows::Invitations,
        RetentionRule::Mails => Rows::Mails,
        RetentionRule::MailReceipts => Rows::MailReceipts,
        _ => return None,
    })
}

fn counted_of(rule: RetentionRule) -> Option<Counted> {
    Some(match rule {
        RetentionRule::Trash => Counted::Trash,
        RetentionRule::Uploads => Counted::Uploads,
        RetentionRule::ClosedAccounts => Counted::ClosedAccounts,
        RetentionRule::Objects => Counted::Objects,
        _ => return None,
    })
}

/// The newest time that is due, and the newest visit of a session that is.
fn rows_before(state: &AppState, rule: RetentionRule, now_ms: i64) -> (i64, i64) {
    let before_ms = match rule {
        // These rows say themselves when they end.
        RetentionRule::Sessions | RetentionRule::SignIns | RetentionRule::Suspensions => now_ms,
        RetentionRule::ErasedUsage => state.clock.day_start_ms(),
        rule => now_ms - rule.kept_ms(),
    };
    (before_ms, now_ms - SESSION_IDLE_MS)
}

fn counted_before(rule: RetentionRule, now_ms: i64) -> i64 {
    match rule {
        // The erasure says itself when it is due.
        RetentionRule::ClosedAccounts => now_ms,
        rule => now_ms - rule.kept_ms(),
    }
}

async fn old_files(state: &AppState, rule: RetentionRule, now_ms: i64) -> io::Result<Vec<PathBuf>> {
    let before_ms = now_ms - rule.kept_ms();
    match rule {
        RetentionRule::Logs => dated_files::old_logs(state, before_ms).await,
        RetentionRule::MigrationCopies => dated_files::old_migration_copies(state, before_ms).await,
        _ => dated_files::old_backups(state, before_ms).await,
    }
}

async fn remove_files(state: &AppState, rule: RetentionRule, now_ms: i64) -> io::Result<u64> {
    dated_files::remove(old_files(state, rule, now_ms).await?).await
}

async fn expire_uploads(state: &AppState, now_ms: i64) -> Result<u64, DbError> {
    let before_ms = now_ms - RetentionRule::Uploads.kept_ms();
    let due = retention::counted_due(&state.db, Counted::Uploads, before_ms).await?;
    if due > 0 {
        uploads::expire(&state.db, now_ms).await?;
    }
    Ok(due)
}
