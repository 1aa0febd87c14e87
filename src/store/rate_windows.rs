//! What all nodes together count a minute: sign-ins, reports, jobs.
//!
//! A row is a name and a minute of the clock. The limit is on a minute that
//! slides over two of those: what was used in this one, and of the one before
//! the share that the sliding minute still covers. What is refused is not counted.

use super::{Db, DbError, Statement, engine::json};
use crate::model::limits::MINUTE_MS;

statements! {
    /// `?1` is a list of [name, most], `?2` this minute, `?3` the one before, `?4`
    /// the milliseconds that are left of this one. One more of each name, or of
    /// none: whom one limit refuses uses nothing of the others up.
    TAKE = "INSERT INTO rate_windows (name, window, used)
        SELECT json_extract(e.value, '$[0]'), ?2, 1 FROM json_each(?1) AS e
        WHERE NOT EXISTS (SELECT 1 FROM json_each(?1) AS f
            WHERE 60000 * (1 + COALESCE((SELECT w.used FROM rate_windows w
                    WHERE w.name = json_extract(f.value, '$[0]') AND w.window = ?2), 0))
                + ?4 * COALESCE((SELECT w.used FROM rate_windows w
                    WHERE w.name = json_extract(f.value, '$[0]') AND w.window = ?3), 0)
                > 60000 * json_extract(f.value, '$[1]'))
        ON CONFLICT (name, window) DO UPDATE SET used = used + 1
        RETURNING name";
    /// What the wait is reckoned from.
    USED = "SELECT name, window, used FROM rate_windows
        WHERE window IN (?2, ?3)
          AND name IN (SELECT json_extract(e.value, '$[0]') FROM json_each(?1) AS e)";
    /// Of minutes before `?1`, some at once.
    FORGET = "DELETE FROM rate_windows WHERE rowid IN
        (SELECT rowid FROM rate_windows WHERE window < ?1 LIMIT 5000) RETURNING 1";
    DUE = "SELECT COUNT(*) AS due FROM rate_windows WHERE window < ?1";
}

/// Rows that [`FORGET`] removes at once.
const FORGOTTEN_AT_ONCE: usize = 5_000;

/// Whether one more was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// It was, under each of the names.
    Taken,
    /// It was not, under none of them.
    Full {
        /// Milliseconds until there is room, if nobody else takes it.
        wait_ms: i64,
    },
}

/// Counts one more under each of these names, (name, the most a minute), unless
/// one of them is used up.
pub async fn take(db: &Db, names: &[(String, u32)], now_ms: i64) -> Result<Count, DbError> {
    let minute = Minute::at(now_ms);
    let list = json(names)?;
    let take = Statement::new(TAKE)
        .bind(list.as_str())
        .bind(minute.number)
        .bind(minute.number - 1)
        .bind(minute.left_ms);
    let used = Statement::new(USED)
        .bind(list)
        .bind(minute.number)
        .bind(minute.number - 1);
    let results = db.batch(vec![take, used]).await?;
    let [taken, used] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    if !taken.is_empty() {
        return Ok(Count::Taken);
    }
    let mut uses = vec![Use::default(); names.len()];
    for row in used {
        let name = row.text("name")?;
        let Some(at) = names.iter().position(|(known, _)| *known == name) else {
            continue;
        };
        let count = row.int("used")?;
        if row.int("window")? == minute.number {
            uses[at].now = count;
        } else {
            uses[at].before = count;
        }
    }
    let waits = uses.iter().zip(names);
    let waits = waits.map(|(used, (_, most))| used.wait_ms(minute, i64::from(*most)));
    Ok(Count::Full {
        wait_ms: waits.max().unwrap_or_default(),
    })
}

/// Number of rows of minutes before the one of `before_ms`.
pub async fn due(db: &Db, before_ms: i64) -> Result<u64, DbError> {
    let statement = Statement::new(DUE).bind(Minute::at(before_ms).number);
    let row = db.fetch_optional(statement).await?.ok_or(DbError::Shape)?;
    Ok(row.int("due")?.unsigned_abs())
}

/// Removes what [`due`] counts; returns its number.
pub async fn forget(db: &Db, before_ms: i64) -> Result<u64, DbError> {
    let forget = Statement::new(FORGET).bind(Minute::at(before_ms).number);
    let mut removed = 0;
    loop {
        let some = db.write_repeatable(forget.clone()).await?.len();
        removed += some as u64;
        if some < FORGOTTEN_AT_ONCE {
            return Ok(removed);
        }
    }
}

/// A minute of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Minute {
    /// Minutes since 1970.
    number: i64,
    /// Milliseconds of it that are left: more than none.
    left_ms: i64,
}

impl Minute {
    fn at(now_ms: i64) -> Minute {
        Minute {
            number: now_ms.div_euclid(MINUTE_MS),
            left_ms: MINUTE_MS - now_ms.rem_euclid(MINUTE_MS),
        }
    }
}

/// What was used of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Use {
    /// In this minute.
    now: i64,
    /// In the one before.
    before: i64,
}

impl Use {
    /// Milliseconds until one more fits below `most`; 0 if it does now.
    fn wait_ms(self, minute: Minute, most: i64) -> i64 {
        // While this minute lasts, the share of the one before shrinks.
        let room = MINUTE_MS * (most - self.now - 1);
        if room >= 0 {
            let covered_ms = room.checked_div(self.before).unwrap_or(MINUTE_MS);
            return (minute.left_ms - covered_ms).max(0);
        }
        // Then this one's share does.
        let room = MINUTE_MS * (most - 1).max(0);
        let covered_ms = room.checked_div(self.now).unwrap_or(MINUTE_MS);
        minute.left_ms + (MINUTE_MS - covered_ms).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the statement has it.
    fn fits(used: Use, left_ms: i64, most: i64) -> bool {
        MINUTE_MS * (1 + used.now) + left_ms * used.before <= MINUTE_MS * most
    }

    /// Whether one more fits so much later, if nothing is used meanwhile.
    fn fits_later(used: Use, minute: Minute, most: i64, wait_ms: i64) -> bool {
        let into = MINUTE_MS - minute.left_ms + wait_ms;
        let left_ms = MINUTE_MS - into.rem_euclid(MINUTE_MS);
        let then = match into.div_euclid(MINUTE_MS) {
            0 => used,
            1 => Use {
                now: 0,
                before: used.now,
            },
            _ => Use::default(),
        };
        fits(then, left_ms, most)
    }

    #[test]
    fn a_minute_knows_its_number_and_what_is_left_of_it() {
        let at = |now_ms| {
            let minute = Minute::at(now_ms);
            (minute.number, minute.left_ms)
        };
        assert_eq!(at(0), (0, 60_000));
        assert_eq!(at(59_999), (0, 1));
        assert_eq!(at(60_000), (1, 60_000));
        assert_eq!(at(-1), (-1, 1));
    }

    #[test]
    fn the_wait_ends_when_one_more_fits_and_no_earlier() {
        for most in [1, 2, 5, 20] {
            for now in 0..=most + 2 {
                for before in 0..=most + 2 {
                    for left_ms in [1, 1_000, 30_000, 59_999, 60_000] {
                        let used = Use { now, before };
                        let minute = Minute { number: 7, left_ms };
                        let wait_ms = used.wait_ms(minute, most);
                        let what = format!("{used:?} of {most}, {left_ms} left: {wait_ms}");
                        assert_eq!(wait_ms == 0, fits(used, left_ms, most), "{what}");
                        assert!((0..=2 * MINUTE_MS).contains(&wait_ms), "{what}");
                        assert!(fits_later(used, minute, most, wait_ms), "{what}");
                        if wait_ms > 0 {
                            assert!(!fits_later(used, minute, most, wait_ms - 1), "{what}");
                        }
                    }
                }
            }
        }
    }

    async fn database(folder: &tempfile::TempDir) -> Db {
        let path = folder.path().join("test.db");
        Db::open(&path).await.expect("a database")
    }

    #[tokio::test]
    async fn what_one_limit_refuses_uses_nothing_of_another_up() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let names = |own: &str| vec![(own.to_owned(), 20), ("all".to_owned(), 30)];
        let mut now_ms = 1_800_000_000_000 - 1_000;
        let mut admitted = async |own: &str, times: usize| {
            let mut admitted = 0;
            for _ in 0..times {
                // Over the turn of a minute.
                now_ms += 50;
                let counted = take(&db, &names(own), now_ms).await.expect("counted");
                admitted += usize::from(counted == Count::Taken);
            }
            admitted
        };
        assert_eq!(admitted("a", 25).await, 20);
        // Refused before the other one is charged: 10 of 30 are left.
        assert_eq!(admitted("b", 25).await, 10);
        assert_eq!(admitted("c", 1).await, 0);
    }

    #[tokio::test]
    async fn a_refusal_says_when_there_is_room() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        let names = [("a".to_owned(), 2), ("all".to_owned(), 100)];
        let now_ms = 1_800_000_000_000;
        for _ in 0..2 {
            assert_eq!(take(&db, &names, now_ms).await, Ok(Count::Taken));
        }
        // Half of what was used is out of sight half a minute into the next one.
        let wait_ms = 90_000;
        assert_eq!(take(&db, &names, now_ms).await, Ok(Count::Full { wait_ms }));
        let early = take(&db, &names, now_ms + wait_ms - 1).await;
        assert_eq!(early, Ok(Count::Full { wait_ms: 1 }));
        assert_eq!(take(&db, &names, now_ms + wait_ms).await, Ok(Count::Taken));
        // Two names in each of two minutes, of which the first is over.
        let second_ms = now_ms + MINUTE_MS;
        assert_eq!(due(&db, second_ms).await, Ok(2));
        assert_eq!(forget(&db, second_ms).await, Ok(2));
        assert_eq!(due(&db, second_ms).await, Ok(0));
        assert_eq!(due(&db, second_ms + MINUTE_MS).await, Ok(2));
    }

    #[test]
    fn a_burst_over_the_turn_of_a_minute_is_one_burst() {
        // 12 before the turn, and 8 within the second after it.
        let used = Use { now: 8, before: 12 };
        assert!(!fits(used, 59_000, 20));
        assert!(fits(Use { now: 7, ..used }, 59_000, 20));
        // What was used long ago counts no more.
        assert!(fits(Use { now: 19, before: 0 }, 60_000, 20));
        assert!(!fits(Use { now: 20, before: 0 }, 1, 20));
    }
}
