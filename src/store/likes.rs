//! Likes: who likes which public picture. Nobody but that person learns that they do;
//! how many there are is counted beside the picture by triggers.

use super::{
    Db, DbError, Row, Statement,
    listed::{Listed, Maker},
};

/// When the number of likes was told last, Unix milliseconds.
macro_rules! told_at {
    () => {
        "COALESCE((SELECT value FROM service_state WHERE name = 'likes_told_at'), 0)"
    };
}

statements! {
    /// A picture that is in the lists at that moment, and not the person's own. From two
    /// tabs it is one.
    LIKE = "INSERT INTO likes (image_id, user_id, liked_at)
        SELECT p.image_id, u.id, ?3 FROM public_pictures p CROSS JOIN users u
        WHERE p.image_id = ?1 AND p.user_id <> ?2 AND u.id = ?2 AND u.erasure_id IS NULL
          AND COALESCE(u.suspended_until, 0) <= ?3
        ON CONFLICT DO NOTHING";
    UNLIKE = "DELETE FROM likes WHERE image_id = ?1 AND user_id = ?2 RETURNING image_id";
    IS_LIKED = "SELECT 1 AS yes FROM likes WHERE image_id = ?1 AND user_id = ?2";
    IS_OTHERS = "SELECT 1 AS yes FROM public_pictures WHERE image_id = ?1 AND user_id <> ?2";
    /// What a public picture's page says of whose it is, to the person `?2`.
    OF_PICTURE = concat!("SELECT p.likes, ", maker!("u"), ",
            EXISTS (SELECT 1 FROM likes l WHERE l.image_id = p.image_id AND l.user_id = ?2) AS liked,
            EXISTS (SELECT 1 FROM hidden_makers h WHERE h.user_id = ?2 AND h.maker_id = p.user_id) AS hidden
        FROM public_pictures p JOIN users u ON u.id = p.user_id WHERE p.image_id = ?1");
    /// Those that are public still, after (`liked_at`, id).
    LIKED = concat!("SELECT ", listed!(), ", l.liked_at FROM likes l
        CROSS JOIN public_pictures p ON p.image_id = l.image_id
        CROSS JOIN images i ON i.id = p.image_id CROSS JOIN users u ON u.id = p.user_id
        WHERE l.user_id = ?1 AND (l.liked_at, l.image_id) < (?2, ?3)
        ORDER BY l.liked_at DESC, l.image_id DESC LIMIT ?4");
    /// Where likes have changed since they were told last, and that is long enough ago.
    TELL = concat!("UPDATE service_state SET value = value + 1 WHERE name = 'public_version'
        AND ABS(?1 - ", told_at!(), ") >= ?2
        AND (SELECT value FROM service_state WHERE name = 'likes_changed')
            > COALESCE((SELECT value FROM service_state WHERE name = 'likes_told'), 0)
        RETURNING value");
    TOLD = concat!("INSERT INTO service_state (name, value)
        SELECT t.name, CASE t.name WHEN 'likes_told' THEN c.value ELSE ?1 END
        FROM service_state c CROSS JOIN (SELECT 'likes_told' AS name UNION ALL SELECT 'likes_told_at') t
        WHERE c.name = 'likes_changed' AND ABS(?1 - ", told_at!(), ") >= ?2
            AND c.value > COALESCE((SELECT value FROM service_state WHERE name = 'likes_told'), 0)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value");
}

/// What became of a wish to like a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liking {
    /// The person likes it.
    Liked,
    /// They do not, because nothing may come of their wish.
    Refused,
    /// There is no such picture in the lists, or it is their own.
    Missing,
}

/// Likes a picture; once, however often it is asked for.
pub async fn like(db: &Db, image_id: &str, user_id: &str, now_ms: i64) -> Result<Liking, DbError> {
    let of = |sql| Statement::new(sql).bind(image_id).bind(user_id);
    let results = db
        .batch_repeatable(vec![of(LIKE).bind(now_ms), of(IS_LIKED), of(IS_OTHERS)])
        .await?;
    let there = |index: usize| results.get(index).is_some_and(|rows| !rows.is_empty());
    Ok(match (there(1), there(2)) {
        (_, false) => Liking::Missing,
        (true, true) => Liking::Liked,
        (false, true) => Liking::Refused,
    })
}

/// Likes a picture no more; false if they did not.
pub async fn unlike(db: &Db, image_id: &str, user_id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(UNLIKE).bind(image_id).bind(user_id);
    Ok(!db.write_repeatable(statement).await?.is_empty())
}

/// What the page of a picture that is in the lists says of whose it is and who likes it.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Standing {
    /// Who made it.
    pub maker: Maker,
    /// How many people like it.
    pub likes: u32,
    /// True if the reader does.
    pub liked: bool,
    /// True if the reader does not want to see its maker's pictures in lists.
    pub hidden: bool,
}

impl Standing {
    pub(super) fn from_row(row: &Row) -> Result<Standing, DbError> {
        Ok(Standing {
            maker: Maker::from_row(row)?,
            likes: u32::try_from(row.int("likes")?).unwrap_or(0),
            liked: row.int("liked")? != 0,
            hidden: row.int("hidden")? != 0,
        })
    }
}

/// Reads a [`Standing`] to this person; nothing of a picture that is in no list.
pub(super) fn of_picture_statement(image_id: &str, viewer_id: Option<&str>) -> Statement {
    Statement::new(OF_PICTURE)
        .bind(image_id)
        .bind(viewer_id.unwrap_or_default())
}

/// The pictures that a person likes and that are public still, the one liked last first,
/// with when that was; after (`liked_at`, id).
pub async fn liked(
    db: &Db,
    user_id: &str,
    (before_ms, before_id): (i64, &str),
    limit: u32,
) -> Result<Vec<(Listed, i64)>, DbError> {
    let statement = Statement::new(LIKED)
        .bind(user_id)
        .bind(before_ms)
        .bind(before_id)
        .bind(limit);
    let rows = db.fetch_all(statement).await?;
    rows.iter()
        .map(|row| Ok((Listed::from_row(row)?, row.int("liked_at")?)))
        .collect()
}

/// Counts up the version of what strangers see, if likes have changed since that was done
/// last and `again_ms` have passed; true if so. Asked by several nodes it is done once.
pub async fn tell(db: &Db, now_ms: i64, again_ms: i64) -> Result<bool, DbError> {
    let [tell, told] = [TELL, TOLD].map(|sql| Statement::new(sql).bind(now_ms).bind(again_ms));
    let results = db.batch(vec![tell, told]).await?;
    let is_told = results.first().is_some_and(|rows| !rows.is_empty());
    if is_told {
        // What no table tells: this node's own is told at once, others look.
        db.public().change();
    }
    Ok(is_told)
}
