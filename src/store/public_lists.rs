//! Lists of public pictures, as strangers find them: by order and period, by words, by tag.
//!
//! Each is read from an index from its cursor on, for as many rows as a page has; what is
//! counted is counted to a bound. The numbers of `public_pictures` are in the order of
//! publishing, so that newest first is their order backwards.

use super::{
    Db, DbError, INTEGER_MAX, Row, Statement,
    images::{self, Author, Image},
    listed::Listed,
    reads::{Place, Reads},
};
use crate::model::{folding, limits::PUBLIC_COUNT_MAX};

/// The pictures of a list: `$from` gives `public_pictures p`, and `$score` what is sorted by.
macro_rules! pictures {
    ($score:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT ", $score, " AS score, ", listed!(), " FROM ", $from,
            " CROSS JOIN images i ON i.id = p.image_id CROSS JOIN users u ON u.id = i.user_id WHERE ",
            $rest
        )
    };
}

/// The best of all time after a place: those that are as good, and then those that are less
/// so. As one comparison of two columns it would be looked for by the first alone, and of the
/// pictures with one like there may be millions.
macro_rules! best {
    ($score:literal, $index:literal) => {
        concat!(
            "SELECT l.score, ",
            listed!(),
            " FROM (
                SELECT * FROM (SELECT number, ",
            $score,
            " AS score FROM public_pictures INDEXED BY ",
            $index,
            "
                    WHERE ",
            $score,
            " = ?1 AND ",
            $score,
            " > 0 AND number < ?2 ORDER BY number DESC LIMIT ?3)
                UNION ALL SELECT * FROM (SELECT number, ",
            $score,
            " FROM public_pictures INDEXED BY ",
            $index,
            "
                    WHERE ",
            $score,
            " < ?1 AND ",
            $score,
            " > 0 ORDER BY ",
            $score,
            " DESC, number DESC LIMIT ?3)
                LIMIT ?3) l
            CROSS JOIN public_pictures p ON p.number = l.number
            CROSS JOIN images i ON i.id = p.image_id CROSS JOIN users u ON u.id = i.user_id"
        )
    };
}

statements! {
    /// From `?2` on, which is looked up in the order of time: a moment may have more pictures
    /// than numbers of its own.
    NEWEST = pictures!("0", "public_pictures p",
        "p.number < ?1 AND p.number >= COALESCE((SELECT q.number FROM public_pictures q
            INDEXED BY public_pictures_by_time WHERE q.published_at >= ?2
            ORDER BY q.published_at, q.number LIMIT 1), 9007199254740991)
        ORDER BY p.number DESC LIMIT ?3");
    LIKED = best!("likes", "public_pictures_liked");
    REMIXED = best!("remixes", "public_pictures_remixed");
    RANKED = pictures!("r.score", "rankings r CROSS JOIN public_pictures p ON p.number = r.number",
        "r.sort = ?4 AND r.period = ?5 AND (r.score, r.number) < (?1, ?2)
        ORDER BY r.score DESC, r.number DESC LIMIT ?3");
    /// `?1` is an expression of [`expression`].
    SEARCH = pictures!("0", "image_search_public s CROSS JOIN public_pictures p ON p.number = s.rowid",
        "s.image_search_public MATCH ?1 AND s.rowid < ?2 ORDER BY s.rowid DESC LIMIT ?3");
    SEARCH_COUNT = "SELECT COUNT(*) AS found FROM (SELECT 1 FROM image_search_public
        WHERE image_search_public MATCH ?1 LIMIT ?2)";
    TAGGED = pictures!("0", "public_tags l INDEXED BY public_tags_listed
            CROSS JOIN public_pictures p ON p.number = l.number",
        "l.folded = ?1 AND l.number IS NOT NULL AND l.number < ?2
        ORDER BY l.number DESC LIMIT ?3");
    TAGGED_COUNT = "SELECT COUNT(*) AS found FROM (SELECT 1 FROM public_tags
        INDEXED BY public_tags_listed WHERE folded = ?1 AND number IS NOT NULL LIMIT ?2)";
    /// As the last one wrote it.
    TAG_NAME = "SELECT name FROM public_tags INDEXED BY public_tags_listed
        WHERE folded = ?1 AND number IS NOT NULL ORDER BY number DESC LIMIT 1";
    /// For a feed, which shows nothing sensitive.
    TAGGED_WITH_MAKERS = concat!("SELECT i.*, u.name AS author, u.handle, l.name AS tag
        FROM public_tags l INDEXED BY public_tags_listed
            CROSS JOIN images i ON i.id = l.image_id CROSS JOIN users u ON u.id = i.user_id
        WHERE l.folded = ?1 AND l.number IS NOT NULL AND ", not_sensitive!("i"), "
        ORDER BY l.number DESC LIMIT ?2");
    /// The tags of pictures in lists, each found by its beginning from the one before it.
    TAGS = "WITH RECURSIVE tags(folded) AS (
            SELECT * FROM (SELECT folded FROM public_tags INDEXED BY public_tags_listed
                WHERE number IS NOT NULL ORDER BY folded LIMIT 1)
            UNION ALL SELECT (SELECT t.folded FROM public_tags t INDEXED BY public_tags_listed
                WHERE t.number IS NOT NULL AND t.folded > tags.folded ORDER BY t.folded LIMIT 1)
            FROM tags WHERE tags.folded IS NOT NULL LIMIT ?1)
        SELECT folded FROM tags WHERE folded IS NOT NULL";
}

/// What is liked or remixed most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranked {
    /// By how many people like them.
    Liked,
    /// By how many public remixes there are.
    Remixed,
}

/// A place in a list: a picture's number, and its score where that is what is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Likes or remixes; 0 where the list goes by neither.
    pub score: i64,
    /// The picture's number.
    pub number: i64,
}

impl At {
    /// Before the first picture of any list.
    pub const START: At = At {
        score: INTEGER_MAX,
        number: INTEGER_MAX,
    };
}

/// A picture of a list, with its place there.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Where it stands.
    pub at: At,
    /// The picture.
    pub row: Listed,
}

fn placed(rows: &[Row]) -> Result<Vec<Placed>, DbError> {
    rows.iter()
        .map(|row| {
            let listed = Listed::from_row(row)?;
            let at = At {
                score: row.int("score")?,
                number: listed.number,
            };
            Ok(Placed { at, row: listed })
        })
        .collect()
}

/// The newest after a place, of those published since a moment (Unix milliseconds).
pub async fn newest(db: &Db, after: At, since_ms: i64, limit: u32) -> Result<Vec<Placed>, DbError> {
    let statement = Statement::new(NEWEST)
        .bind(after.number)
        .bind(since_ms)
        .bind(limit);
    placed(&db.fetch_all(statement).await?)
}

/// The best of all time after a place, or of a period where one is named.
pub async fn ranked(
    db: &Db,
    by: Ranked,
    period: Option<&str>,
    after: At,
    limit: u32,
) -> Result<Vec<Placed>, DbError> {
    let (sql, sort) = match (period, by) {
        (Some(_), Ranked::Liked) => (RANKED, "liked"),
        (Some(_), Ranked::Remixed) => (RANKED, "remixed"),
        (None, Ranked::Liked) => (LIKED, ""),
        (None, Ranked::Remixed) => (REMIXED, ""),
    };
    let statement = Statement::new(sql)
        .bind(after.score)
        .bind(after.number)
        .bind(limit);
    let statement = match period {
        Some(period) => statement.bind(sort).bind(period),
        None => statement,
    };
    let mut pictures = placed(&db.fetch_all(statement).await?)?;
    pictures.sort_by_key(|one| std::cmp::Reverse((one.at.score, one.at.number)));
    Ok(pictures)
}

/// What was found, and how many there are, counted to one more than is said.
#[derive(Clone, Debug)]
pub struct Found {
    /// The tag as it is written; of a search nothing.
    pub name: Option<String>,
    /// Pictures after the place.
    pub pictures: Vec<Placed>,
    /// How many there are in all, or one more than [`PUBLIC_COUNT_MAX`]; `None` where nobody
    /// counted.
    pub count: Option<u32>,
}

/// The newest pictures with these words after a place. Nothing where there is no word.
pub async fn search(db: &Db, text: &str, after: At, limit: u32) -> Result<Found, DbError> {
    let Some(words) = expression(text) else {
        return Ok(Found {
            name: None,
            pictures: Vec::new(),
            count: None,
        });
    };
    let list = Statement::new(SEARCH)
        .bind(words.as_str())
        .bind(after.number)
        .bind(limit);
    let count = Statement::new(SEARCH_COUNT).bind(words.as_str());
    found(db, list, count, None).await
}

/// The newest pictures with a tag (folded) after a place.
pub async fn tagged(db: &Db, folded: &str, after: At, limit: u32) -> Result<Found, DbError> {
    let list = Statement::new(TAGGED)
        .bind(folded)
        .bind(after.number)
        .bind(limit);
    let count = Statement::new(TAGGED_COUNT).bind(folded);
    let name = Statement::new(TAG_NAME).bind(folded);
    found(db, list, count, Some(name)).await
}

async fn found(
    db: &Db,
    list: Statement,
    count: Statement,
    name: Option<Statement>,
) -> Result<Found, DbError> {
    let mut reads = Reads::default();
    let list = reads.add(list);
    let count: Place = reads.add(count.bind(PUBLIC_COUNT_MAX + 1));
    let name = reads.add_some(name);
    let answers = reads.answers(db).await?;
    let counted = answers.first(count).map(|row| row.int("found"));
    Ok(Found {
        name: answers
            .first(name)
            .map(|row| row.text("name"))
            .transpose()?,
        pictures: placed(answers.rows(list))?,
        count: counted
            .transpose()?
            .and_then(|count| u32::try_from(count).ok()),
    })
}

/// How a tag is written, and its newest pictures that are not sensitive, with their makers;
/// `None` where no picture in lists has it.
pub async fn tagged_with_makers(
    db: &Db,
    folded: &str,
    limit: u32,
) -> Result<Option<(String, Vec<(Image, Author)>)>, DbError> {
    let mut reads = Reads::default();
    let name = reads.add(Statement::new(TAG_NAME).bind(folded));
    let pictures = reads.add(Statement::new(TAGGED_WITH_MAKERS).bind(folded).bind(limit));
    let answers = reads.answers(db).await?;
    let Some(name) = answers.first(name) else {
        return Ok(None);
    };
    let pictures: Result<_, _> = answers
        .rows(pictures)
        .iter()
        .map(images::visible_from)
        .collect();
    Ok(Some((name.text("name")?, pictures?)))
}

/// Tags that pictures in lists have, as they are compared, in that order.
pub async fn tags(db: &Db, limit: u32) -> Result<Vec<String>, DbError> {
    let rows = db.fetch_all(Statement::new(TAGS).bind(limit)).await?;
    rows.iter().map(|row| row.text("folded")).collect()
}

/// Words of one search at most.
const WORDS: usize = 8;
/// As many letters has a beginning that finds longer words: for each of these lengths there
/// is an index.
const BEGINNING: std::ops::RangeInclusive<usize> = 3..=9;

/// The expression for FTS5: every word, the beginning of one, or a part of a text without
/// spaces. Each is prepared as what is indexed is, and quoted, so that none is an operator.
/// `None` where there is nothing to look for.
fn expression(text: &str) -> Option<String> {
    let words: Vec<String> = folding::phrases(text)
        .take(WORDS)
        .map(|phrase| {
            let last = phrase.words.rsplit(' ').next().unwrap_or_default();
            let begins = phrase.open && BEGINNING.contains(&last.chars().count());
            format!("\"{}\"{}", phrase.words, if begins { "*" } else { "" })
        })
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_words_and_no_operators() {
        let found = |text| expression(text).unwrap_or_default();
        assert_eq!(
            found("NEAR(red OR \"fox* title:x -y"),
            "\"near red\"* \"or\" \"fox\"* \"title x\" \"y\""
        );
        assert_eq!(
            found("4k Waterfalls lighthouses"),
            "\"4k\" \"waterfalls\" \"lighthouses\""
        );
        assert_eq!(found("lanterns"), "\"lanterns\"*");
        assert_eq!(found("帆船"), "\"帆 船\"");
        for nothing in ["", " \"%_*( ", "\u{200b}", "\u{3164}", "' ; --", "\u{301}"] {
            assert_eq!(expression(nothing), None, "{nothing:?}");
        }
        let long = "word ".repeat(10_000);
        assert_eq!(found(&long).split(' ').count(), WORDS);
    }
}
