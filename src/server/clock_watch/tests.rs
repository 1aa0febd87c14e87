//! Looks at clocks that jump, and at those of machines that were off.

use super::*;
use crate::model::limits::DAY_MS;

/// A day in 2026.
const START: i64 = 1_790_000_000_000;

/// Processes that look at a clock, one after the other.
struct Watched {
    belief: Option<Belief>,
    /// The running process's last look: what the clock showed.
    last: Option<i64>,
}

impl Watched {
    fn new() -> Watched {
        let mut watched = Watched {
            belief: None,
            last: None,
        };
        assert!(watched.starts(START), "a new database has nothing to lose");
        watched
    }

    /// Another process looks for the first time.
    fn starts(&mut self, clock_ms: i64) -> bool {
        self.last = None;
        self.looks(clock_ms, 0)
    }

    /// The process looks again after so many milliseconds.
    fn looks(&mut self, clock_ms: i64, passed_ms: i64) -> bool {
        let look = Look {
            clock_ms,
            expected_ms: self.last.map(|last| last + passed_ms),
            passed_ms,
        };
        let after = judge(self.belief, look);
        self.belief = Some(after);
        self.last = Some(clock_ms);
        standing(after) == Standing::Believed
    }

    /// The process looks every hour while the clock runs as it should.
    fn runs(&mut self, hours: i64) -> bool {
        let mut trusted = false;
        for _ in 0..hours {
            let clock_ms = self.last.expect("it runs") + HOUR_MS;
            trusted = self.looks(clock_ms, HOUR_MS);
        }
        trusted
    }
}

#[test]
fn a_clock_that_jumps_ahead_is_believed_after_a_steady_day() {
    let mut clock = Watched::new();
    assert!(clock.runs(3));
    let jump = START + 40 * DAY_MS;
    assert!(!clock.looks(jump, HOUR_MS));
    assert!(!clock.runs(20));
    assert!(clock.runs(5));
}

#[test]
fn neither_another_process_nor_a_restart_forgets_the_doubt() {
    let mut clock = Watched::new();
    let jump = START + 40 * DAY_MS;
    assert!(!clock.starts(jump), "a backup is made first");
    for minutes in [1, 2, 60, 23 * 60] {
        assert!(!clock.starts(jump + minutes * MINUTE_MS), "{minutes}");
    }
    // A jump on top of it begins the day anew.
    let again = jump + 5 * DAY_MS;
    assert!(!clock.starts(again));
    assert!(!clock.starts(again + 23 * HOUR_MS));
    assert!(clock.starts(again + 25 * HOUR_MS));
}

#[test]
fn a_doubt_the_server_has_is_no_gap_to_the_next_command() {
    let mut clock = Watched::new();
    let jump = START + 20 * HOUR_MS;
    assert!(!clock.looks(jump, MINUTE_MS), "the server sees it");
    assert!(
        !clock.starts(jump + MINUTE_MS),
        "so a command does not believe it"
    );
}

#[test]
fn what_a_command_believed_meanwhile_hides_no_jump_from_the_server() {
    let mut clock = Watched::new();
    let (server, jump) = (clock.last, START + 20 * HOUR_MS);
    assert!(clock.starts(jump), "the command saw no more than a gap");
    clock.last = server;
    assert!(!clock.looks(jump + MINUTE_MS, MINUTE_MS));
}

#[test]
fn a_machine_that_is_off_at_night_is_believed_and_one_off_for_weeks_after_a_day() {
    let mut clock = Watched::new();
    let mut now = START;
    for _ in 0..5 {
        assert!(clock.runs(10));
        now = clock.last.expect("it ran") + 14 * HOUR_MS;
        assert!(clock.starts(now));
    }
    now += 21 * DAY_MS;
    assert!(!clock.starts(now));
    // Off at night again, it is believed on the next day.
    assert!(!clock.runs(10));
    assert!(clock.starts(now + 25 * HOUR_MS));
}

#[test]
fn a_clock_that_comes_back_is_believed_at_once() {
    let mut clock = Watched::new();
    assert!(!clock.looks(START + 40 * DAY_MS, MINUTE_MS));
    assert!(clock.looks(START + 2 * MINUTE_MS, MINUTE_MS));
    // Just so when it was mended while nobody looked.
    assert!(!clock.looks(START + 40 * DAY_MS, MINUTE_MS));
    assert!(clock.starts(START + 5 * HOUR_MS));
}

#[test]
fn a_clock_set_back_erases_nothing_early_and_may_come_back() {
    let mut clock = Watched::new();
    assert!(clock.runs(2));
    // A machine without a battery begins in 1970 until it has asked the network.
    assert!(clock.starts(0));
    let now = START + 2 * HOUR_MS + MINUTE_MS;
    assert!(clock.looks(now, MINUTE_MS));
    // One that was wrongly ahead and is put right is followed down after a day.
    assert!(clock.looks(now - 400 * DAY_MS, MINUTE_MS));
    assert!(clock.runs(26));
    let right = clock.last.expect("it ran");
    assert!(!clock.looks(right + 300 * DAY_MS, MINUTE_MS));
}

#[tokio::test]
async fn what_one_process_doubts_another_one_does_until_the_operator_speaks() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("test.db");
    let jump = START + 40 * DAY_MS;
    let asked = async |clock_ms| {
        let db = Db::open(&path).await.expect("opens");
        let trusts = ClockWatch::default().trusts(&db, clock_ms).await;
        db.close().await;
        trusts
    };
    assert!(asked(START).await);
    assert!(!asked(jump).await);
    assert!(!asked(jump + HOUR_MS).await);
    let db = Db::open(&path).await.expect("opens");
    let watch = ClockWatch::default();
    let doubted = watch.standing(&db, jump + HOUR_MS).await.expect("a row");
    assert!(
        matches!(doubted, Standing::Doubted { hours_ahead, until_ms }
        if hours_ahead > 900 && until_ms == jump + DAY_MS)
    );
    watch.trust(&db, jump + HOUR_MS).await.expect("noted");
    assert!(watch.trusts(&db, jump + HOUR_MS).await);
    db.close().await;
    assert!(asked(jump + 2 * HOUR_MS).await);
}
