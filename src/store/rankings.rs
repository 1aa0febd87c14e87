//! What was liked and remixed most among the pictures of a period, made ahead; and the
//! numbers that it goes by, counted anew at night.
//!
//! Nothing here looks through all public pictures for a ranking. Of a day, a week and a
//! month the best of each of its days are read from an index by day, a thousand of each
//! at most, and of those the best are the period's. Of a year it is read from the best of
//! all time, downwards, as far as a bound: what is found that way is the beginning of the
//! right order, whatever comes after it.

use super::{Db, DbError, Statement};
use crate::model::limits::DAY_MS;

/// Pictures of a ranking at most.
macro_rules! most {
    () => {
        "1000"
    };
}

/// Rows of all time that are looked at for the best of a year.
macro_rules! looked_at {
    () => {
        "50000"
    };
}

/// The best of the days from `?3` to `?4` that were published from `?2` on; `?1` is the period.
macro_rules! of_days {
    ($sort:literal, $score:literal, $index:literal) => {
        concat!(
            "WITH RECURSIVE days(day) AS (SELECT ?3 UNION ALL SELECT day + 1 FROM days WHERE day < ?4)
            INSERT INTO rankings (sort, period, score, number)
            SELECT '", $sort, "', ?1, p.", $score, ", p.number FROM days CROSS JOIN public_pictures p
                ON p.number IN (SELECT q.number FROM public_pictures q INDEXED BY ", $index, "
                    WHERE q.published_at / 86400000 = days.day AND q.", $score, " > 0
                        AND q.published_at >= ?2
                    ORDER BY q.", $score, " DESC, q.number DESC LIMIT ", most!(), ")
            ORDER BY p.", $score, " DESC, p.number DESC LIMIT ", most!()
        )
    };
}

/// The best of all time that were published from `?2` on; `?1` is the period.
macro_rules! of_all_time {
    ($sort:literal, $score:literal, $index:literal) => {
        concat!(
            "INSERT INTO rankings (sort, period, score, number)
            SELECT '",
            $sort,
            "', ?1, score, number FROM
                (SELECT ",
            $score,
            " AS score, number, published_at FROM public_pictures INDEXED BY ",
            $index,
            "
                    WHERE ",
            $score,
            " > 0 ORDER BY ",
            $score,
            " DESC, number DESC LIMIT ",
            looked_at!(),
            ")
            WHERE published_at >= ?2 LIMIT ",
            most!()
        )
    };
}

statements! {
    FORGET = "DELETE FROM rankings WHERE period = ?1";
    LIKED_OF_DAYS = of_days!("liked", "likes", "public_pictures_liked_of_day");
    REMIXED_OF_DAYS = of_days!("remixed", "remixes", "public_pictures_remixed_of_day");
    LIKED_OF_ALL = of_all_time!("liked", "likes", "public_pictures_liked");
    REMIXED_OF_ALL = of_all_time!("remixed", "remixes", "public_pictures_remixed");
    /// The end of the next slice: of so many pictures after `?1`.
    SLICE = "SELECT MAX(number) AS last FROM
        (SELECT number FROM public_pictures WHERE number > ?1 ORDER BY number LIMIT ?2)";
    /// Where triggers did their work, it changes nothing.
    COUNT_ANEW = "UPDATE public_pictures SET
            likes = (SELECT COUNT(*) FROM likes l WHERE l.image_id = public_pictures.image_id),
            remixes = (SELECT COUNT(*) FROM public_pictures r WHERE r.remix_of = public_pictures.image_id)
        WHERE number > ?1 AND number <= ?2
          AND (likes <> (SELECT COUNT(*) FROM likes l WHERE l.image_id = public_pictures.image_id)
            OR remixes <> (SELECT COUNT(*) FROM public_pictures r WHERE r.remix_of = public_pictures.image_id))
        RETURNING number";
}

/// A period that rankings are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The database's word.
    pub period: &'static str,
    /// Since when its pictures were published, Unix milliseconds.
    pub since_ms: i64,
    /// True where it has so many days that the best of each would be too many.
    pub is_long: bool,
}

/// Makes the rankings of a period anew, as one step.
pub async fn make(db: &Db, span: Span, now_ms: i64) -> Result<(), DbError> {
    let of = |sql| Statement::new(sql).bind(span.period).bind(span.since_ms);
    let mut batch = vec![Statement::new(FORGET).bind(span.period)];
    if span.is_long {
        batch.extend([LIKED_OF_ALL, REMIXED_OF_ALL].map(of));
    } else {
        let (first, last) = (span.since_ms.div_euclid(DAY_MS), now_ms.div_euclid(DAY_MS));
        let days = |sql| of(sql).bind(first).bind(last);
        batch.extend([LIKED_OF_DAYS, REMIXED_OF_DAYS].map(days));
    }
    db.batch_repeatable(batch).await.map(|_| ())
}

/// Counts the likes and remixes of some pictures after this number anew; the number of the
/// last of them, `None` after the last of all, and how many were wrong.
pub async fn count_anew(
    db: &Db,
    after: i64,
    pictures: u32,
) -> Result<Option<(i64, usize)>, DbError> {
    let slice = Statement::new(SLICE).bind(after).bind(pictures);
    let row = db.fetch_optional(slice).await?;
    let last = row.map(|row| row.opt_int("last")).transpose()?.flatten();
    let Some(last) = last else {
        return Ok(None);
    };
    let counted = Statement::new(COUNT_ANEW).bind(after).bind(last);
    let wrong = db.write_repeatable(counted).await?;
    Ok(Some((last, wrong.len())))
}
