//! The pages of people who want one, whom others follow, and whom others do not want to
//! see. Who follows or hides whom is known to that person alone.

use super::{
    Db, DbError, Row, Statement,
    listed::{Listed, Maker},
    reads::Reads,
};
use crate::model::limits::{FOLLOWS_MAX, HIDDEN_MAX};

/// The id of somebody else than `?1`: whose picture `?2` is while that is in the lists, or
/// who has the page of the handle `?3`.
macro_rules! named {
    () => {
        concat!(
            "SELECT u.id FROM users u WHERE u.id <> ?1 AND u.id = COALESCE(
                (SELECT p.user_id FROM public_pictures p WHERE p.image_id = ?2),
                (SELECT w.id FROM users w WHERE w.handle = ?3 AND ",
            has_profile!("w"),
            "))"
        )
    };
}

statements! {
    PROFILE = concat!("SELECT u.id, u.name, u.handle, u.profile_text,
            u.profile_picture = 1 AND u.avatar_key IS NOT NULL AS pictured,
            EXISTS (SELECT 1 FROM follows f WHERE f.user_id = ?3 AND f.maker_id = u.id) AS followed,
            EXISTS (SELECT 1 FROM hidden_makers h WHERE h.user_id = ?3 AND h.maker_id = u.id) AS hidden
        FROM users u WHERE u.handle = ?1 AND COALESCE(u.suspended_until, 0) <= ?2 AND ", has_profile!("u"));
    PICTURES = concat!("SELECT ", listed!(), " FROM (SELECT n.number FROM public_pictures n
            WHERE n.user_id = (SELECT w.id FROM users w WHERE w.handle = ?1
                AND COALESCE(w.suspended_until, 0) <= ?2 AND ", has_profile!("w"), ")
            AND n.number < ?3 ORDER BY n.number DESC LIMIT ?4) l
        CROSS JOIN public_pictures p ON p.number = l.number
        CROSS JOIN images i ON i.id = p.image_id CROSS JOIN users u ON u.id = p.user_id
        ORDER BY l.number DESC");
    SET_PROFILE = "UPDATE users SET profile_wanted = ?2, profile_picture = ?3, profile_text = ?4 WHERE id = ?1";
    FOLLOW = concat!("INSERT INTO follows (user_id, maker_id, id, followed_at)
        SELECT ?1, u.id, ?3, ?4 FROM users u
        WHERE u.handle = ?2 AND u.id <> ?1 AND COALESCE(u.suspended_until, 0) <= ?4 AND ", has_profile!("u"), "
          AND (SELECT COUNT(*) FROM follows WHERE user_id = ?1) < ?5
          AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND erasure_id IS NULL)
        ON CONFLICT DO NOTHING");
    /// Whoever is followed is to be seen.
    SHOW_FOLLOWED = "DELETE FROM hidden_makers WHERE user_id = ?1 AND maker_id IN (
        SELECT f.maker_id FROM follows f JOIN users u ON u.id = f.maker_id WHERE f.user_id = ?1 AND u.handle = ?2)";
    FOLLOWED = concat!("SELECT EXISTS (SELECT 1 FROM follows f WHERE f.user_id = ?1 AND f.maker_id = u.id) AS done
        FROM users u WHERE u.handle = ?2 AND u.id <> ?1 AND COALESCE(u.suspended_until, 0) <= ?3 AND ", has_profile!("u"));
    UNFOLLOW = "DELETE FROM follows WHERE user_id = ?1
        AND (id = ?2 OR maker_id = (SELECT u.id FROM users u WHERE u.handle = ?2))";
    HIDE = concat!("INSERT INTO hidden_makers (user_id, maker_id, id, hidden_at)
        SELECT ?1, m.id, ?4, ?5 FROM (", named!(), ") m
        WHERE (SELECT COUNT(*) FROM hidden_makers WHERE user_id = ?1) < ?6
          AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND erasure_id IS NULL)
        ON CONFLICT DO NOTHING");
    /// Whoever is not to be seen is not followed.
    UNFOLLOW_HIDDEN = "DELETE FROM follows WHERE user_id = ?1
        AND maker_id IN (SELECT h.maker_id FROM hidden_makers h WHERE h.user_id = ?1)";
    HIDDEN = concat!("SELECT EXISTS (SELECT 1 FROM hidden_makers h WHERE h.user_id = ?1 AND h.maker_id = m.id) AS done
        FROM (", named!(), ") m");
    SHOW = "DELETE FROM hidden_makers WHERE user_id = ?1
        AND (id = ?2 OR maker_id = (SELECT u.id FROM users u WHERE u.handle = ?2))";
    SHOW_OF_PICTURE = "DELETE FROM hidden_makers WHERE user_id = ?1
        AND maker_id = (SELECT i.user_id FROM images i WHERE i.id = ?2)";
    FOLLOWS = concat!("SELECT f.id, ", maker!("u"), " FROM follows f JOIN users u ON u.id = f.maker_id
        WHERE f.user_id = ?1 ORDER BY lower(u.name), f.id LIMIT 1000");
    HIDES = concat!("SELECT h.id, ", maker!("u"), " FROM hidden_makers h JOIN users u ON u.id = h.maker_id
        WHERE h.user_id = ?1 ORDER BY lower(u.name), h.id LIMIT 1000");
    /// Of each who is followed so many at most: an index is walked for each, and nothing
    /// else is looked at.
    NEWS = concat!("SELECT ", listed!(), " FROM (SELECT n.number FROM follows f
            CROSS JOIN users w ON w.id = f.maker_id AND COALESCE(w.suspended_until, 0) <= ?2 AND ", has_profile!("w"), "
            CROSS JOIN public_pictures n ON n.number IN (SELECT m.number FROM public_pictures m
                WHERE m.user_id = f.maker_id AND m.number < ?3 ORDER BY m.number DESC LIMIT ?4)
            WHERE f.user_id = ?1 ORDER BY n.number DESC LIMIT ?4) l
        CROSS JOIN public_pictures p ON p.number = l.number
        CROSS JOIN images i ON i.id = p.image_id CROSS JOIN users u ON u.id = p.user_id
        ORDER BY l.number DESC");
}

/// Somebody's page.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Whose it is.
    pub user_id: String,
    /// The name that others see.
    pub name: String,
    /// As it is kept.
    pub handle: String,
    /// What they say of themselves; plain words.
    pub text: String,
    /// True if their picture is shown.
    pub pictured: bool,
    /// True if the reader follows them.
    pub followed: bool,
    /// True if the reader does not want to see their pictures in lists.
    pub hidden: bool,
}

/// Somebody's page, with so many of their public pictures, the newest first, before the
/// one of this number; `None` where there is no page at this time.
pub async fn profile(
    db: &Db,
    handle: &str,
    viewer_id: Option<&str>,
    (before, limit): (i64, u32),
    now_ms: i64,
) -> Result<Option<(Profile, Vec<Listed>)>, DbError> {
    let mut reads = Reads::default();
    let of = |sql| Statement::new(sql).bind(handle).bind(now_ms);
    let profile = reads.add(of(PROFILE).bind(viewer_id.unwrap_or_default()));
    let pictures = reads.add(of(PICTURES).bind(before).bind(limit));
    let answers = reads.answers(db).await?;
    let Some(row) = answers.first(profile) else {
        return Ok(None);
    };
    let profile = Profile {
        user_id: row.text("id")?,
        name: row.text("name")?,
        handle: row.text("handle")?,
        text: row.text("profile_text")?,
        pictured: row.int("pictured")? != 0,
        followed: row.int("followed")? != 0,
        hidden: row.int("hidden")? != 0,
    };
    Ok(Some((profile, Listed::list(answers.rows(pictures))?)))
}

/// Whose picture is shown at this handle: their id.
pub async fn pictured(db: &Db, handle: &str, now_ms: i64) -> Result<Option<String>, DbError> {
    let statement = Statement::new(PROFILE).bind(handle).bind(now_ms).bind("");
    let Some(row) = db.fetch_optional(statement).await? else {
        return Ok(None);
    };
    Ok(match row.int("pictured")? {
        0 => None,
        _ => Some(row.text("id")?),
    })
}

/// Decides whether a person has a page, and what stands there.
pub async fn set_profile(
    db: &Db,
    user_id: &str,
    (wanted, pictured): (bool, bool),
    text: &str,
) -> Result<(), DbError> {
    let statement = Statement::new(SET_PROFILE)
        .bind(user_id)
        .bind(i64::from(wanted))
        .bind(i64::from(pictured))
        .bind(text);
    db.write(statement).await.map(|_| ())
}

/// What became of a wish to follow or to hide somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wished {
    /// It is so.
    Done,
    /// There are as many as there may be.
    Full,
    /// There is nobody there, or it is the person themself.
    Missing,
}

impl Wished {
    /// From the last rows of a batch: none, or whether it is done.
    fn of(results: &[Vec<Row>]) -> Result<Wished, DbError> {
        let Some(row) = results.last().and_then(|rows| rows.first()) else {
            return Ok(Wished::Missing);
        };
        Ok(match row.int("done")? {
            0 => Wished::Full,
            _ => Wished::Done,
        })
    }
}

/// Follows whoever has the page of this handle; `id` is new.
pub async fn follow(
    db: &Db,
    user_id: &str,
    handle: &str,
    id: &str,
    now_ms: i64,
) -> Result<Wished, DbError> {
    let of = |sql| Statement::new(sql).bind(user_id).bind(handle);
    let results = db
        .batch_repeatable(vec![
            of(FOLLOW).bind(id).bind(now_ms).bind(FOLLOWS_MAX),
            of(SHOW_FOLLOWED),
            of(FOLLOWED).bind(now_ms),
        ])
        .await?;
    Wished::of(&results)
}

/// Follows somebody no more, by the row's id or their handle.
pub async fn unfollow(db: &Db, user_id: &str, whom: &str) -> Result<(), DbError> {
    let statement = Statement::new(UNFOLLOW).bind(user_id).bind(whom);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Somebody, as a page names them.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// Whose picture this is, while it is in the lists.
    Of(&'a str),
    /// Who has the page of this handle.
    Handle(&'a str),
}

impl Named<'_> {
    /// What stands for it in a statement: a picture, and a handle.
    fn bound(self, statement: Statement) -> Statement {
        match self {
            Named::Of(picture) => statement.bind(picture).bind(""),
            Named::Handle(handle) => statement.bind("").bind(handle),
        }
    }
}

/// Leaves somebody's pictures out of this person's lists; `id` is new.
pub async fn hide(
    db: &Db,
    user_id: &str,
    whom: Named<'_>,
    id: &str,
    now_ms: i64,
) -> Result<Wished, DbError> {
    let hide = whom.bound(Statement::new(HIDE).bind(user_id));
    let results = db
        .batch_repeatable(vec![
            hide.bind(id).bind(now_ms).bind(HIDDEN_MAX),
            Statement::new(UNFOLLOW_HIDDEN).bind(user_id),
            whom.bound(Statement::new(HIDDEN).bind(user_id)),
        ])
        .await?;
    Wished::of(&results)
}

/// Shows somebody's pictures again, by the row's id or their handle.
pub async fn show(db: &Db, user_id: &str, whom: &str) -> Result<(), DbError> {
    let statement = Statement::new(SHOW).bind(user_id).bind(whom);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Shows the pictures again of whose this picture is.
pub async fn show_of_picture(db: &Db, user_id: &str, picture: &str) -> Result<(), DbError> {
    let statement = Statement::new(SHOW_OF_PICTURE).bind(user_id).bind(picture);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Somebody in a person's own list.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The row's id.
    pub id: String,
    /// Who it is.
    pub maker: Maker,
}

impl Entry {
    fn list(rows: &[Row]) -> Result<Vec<Entry>, DbError> {
        rows.iter()
            .map(|row| {
                Ok(Entry {
                    id: row.text("id")?,
                    maker: Maker::from_row(row)?,
                })
            })
            .collect()
    }
}

/// Whom a person follows, by name, and so many pictures of theirs, the newest first,
/// before the one of this number.
pub async fn following(
    db: &Db,
    user_id: &str,
    (before, limit): (i64, u32),
    now_ms: i64,
) -> Result<(Vec<Entry>, Vec<Listed>), DbError> {
    let mut reads = Reads::default();
    let follows = reads.add(Statement::new(FOLLOWS).bind(user_id));
    let news = Statement::new(NEWS).bind(user_id).bind(now_ms);
    let news = reads.add(news.bind(before).bind(limit));
    let answers = reads.answers(db).await?;
    Ok((
        Entry::list(answers.rows(follows))?,
        Listed::list(answers.rows(news))?,
    ))
}

/// Reads whom a person has hidden, by name.
pub(super) fn hides_statement(user_id: &str) -> Statement {
    Statement::new(HIDES).bind(user_id)
}

/// Who stands in the rows of [`hides_statement`].
pub(super) fn hides_of(rows: &[Row]) -> Result<Vec<Entry>, DbError> {
    Entry::list(rows)
}
