//! What is left of pictures that decisions removed, by which copies of them are found,
//! and the pictures that wait for a look because they resemble one.

use super::{Db, DbError, Row, Statement, engine::json, images::Image, notice_sums, reports::Act};

/// Public pictures `i` (or, by the other indexes, unlisted ones) of the same bytes (`images_public_by_sum`, `sha256`) or pixels
/// (`images_public_by_pixels`, `pixels_sum`) as a removed one, but for those that somebody
/// looked at since and let be. The index is said, because the engine would look through all
/// that is public.
macro_rules! public_copies {
    ($index:literal, $sum:literal, $key:literal) => {
        concat!(
            "images i INDEXED BY ",
            $index,
            " ON i.",
            $sum,
            " = r.",
            $sum,
            " AND i.",
            $key,
            " IS NOT NULL AND r.removed_at > COALESCE(i.freed_at, 0) WHERE r.id = ?1"
        )
    };
}

statements! {
    /// Of the decision `?2` in the case `?1`, if it withdrew the picture. What could be
    /// told of the picture now counts before what its row says. Where somebody is seen who
    /// did not want it, its public copies are to go as well.
    REMEMBER = "INSERT INTO removed_pictures (id, case_id, sha256, pixels_sum, looks, removed_at, copies_due)
        SELECT ?2, c.id, i.sha256, COALESCE(?4, NULLIF(i.pixels_sum, '')), COALESCE(?5, i.looks), ?3,
            CASE WHEN EXISTS (SELECT 1 FROM notices n WHERE n.case_id = c.id AND n.reason = 'intimate')
                THEN 1 END
        FROM cases c JOIN images i ON i.id = c.image_id
        WHERE c.id = ?1 AND c.act_id = ?2 AND c.picture = 'withdrawn' AND c.measure IS NULL";
    /// Of decisions that the appeal `?1` took back at `?2`.
    FORGET = "DELETE FROM removed_pictures WHERE case_id IN (SELECT c.id FROM appeals a
        JOIN cases c ON c.id = a.case_id OR c.copy_of = a.case_id
        WHERE a.id = ?1 AND c.overturned_at = ?2)";
    IS_REMOVED = "SELECT 1 AS yes FROM removed_pictures WHERE sha256 = ?1 OR pixels_sum = ?2 LIMIT 1";
    VERSION = "SELECT value FROM service_state WHERE name = 'removed_version'";
    LOOKS = "SELECT id, looks, removed_at FROM removed_pictures WHERE id > ?1 AND looks <> ''
        ORDER BY id LIMIT 500";
    /// Those of a list that could be published now, or, with `?3`, out of the trash.
    PRIVATE = "SELECT * FROM images WHERE user_id = ?1 AND id IN (SELECT value FROM json_each(?2))
        AND public_key IS NULL AND (trashed_at IS NULL OR ?3 = 1) AND withheld_by IS NULL AND held_by IS NULL";
    /// `?1` a list of [case, picture]. Where a case of the picture is open already, it
    /// waits for that one.
    OPEN_HELD = "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at, automatic)
        SELECT json_extract(pair.value, '$[0]'), i.user_id, i.id, i.id, ?3, ?4, 1
        FROM json_each(?1) AS pair JOIN images i ON i.id = json_extract(pair.value, '$[1]')
        WHERE i.user_id = ?2 AND i.public_key IS NULL
        ON CONFLICT (image_id) WHERE decided_at IS NULL DO NOTHING";
    HOLD = "UPDATE images SET held_by = (SELECT c.id FROM cases c
            WHERE c.image_id = images.id AND c.decided_at IS NULL)
        WHERE user_id = ?2 AND public_key IS NULL
          AND id IN (SELECT json_extract(pair.value, '$[1]') FROM json_each(?1) AS pair) RETURNING id";
    /// Removed pictures whose public copies are still to be searched for, and who decided.
    TO_SEARCH = "SELECT r.id, r.case_id, c.decided_by FROM removed_pictures r
            LEFT JOIN cases c ON c.id = r.case_id
        WHERE r.copies_due = 1 ORDER BY r.removed_at LIMIT 20";
    TO_SEARCH_ONE = "SELECT r.id, r.case_id, c.decided_by FROM removed_pictures r
            LEFT JOIN cases c ON c.id = r.case_id
        WHERE r.id = ?1 AND r.copies_due = 1";
    COPIES = concat!("SELECT i.id, i.user_id FROM removed_pictures r JOIN ",
            public_copies!("images_public_by_sum", "sha256", "public_key"),
        " UNION SELECT i.id, i.user_id FROM removed_pictures r JOIN ",
            public_copies!("images_public_by_pixels", "pixels_sum", "public_key"),
        " UNION SELECT i.id, i.user_id FROM removed_pictures r JOIN ",
            public_copies!("images_unlisted_by_sum", "sha256", "unlisted_key"),
        " UNION SELECT i.id, i.user_id FROM removed_pictures r JOIN ",
            public_copies!("images_unlisted_by_pixels", "pixels_sum", "unlisted_key"), " LIMIT 200");
    /// Only when there is none: what was published in this moment is found by the next look.
    SEARCHED = concat!("UPDATE removed_pictures SET copies_due = 0 WHERE id = ?1
        AND NOT EXISTS (SELECT 1 FROM removed_pictures r JOIN ",
            public_copies!("images_public_by_sum", "sha256", "public_key"), ")
        AND NOT EXISTS (SELECT 1 FROM removed_pictures r JOIN ",
            public_copies!("images_public_by_pixels", "pixels_sum", "public_key"), ")
        AND NOT EXISTS (SELECT 1 FROM removed_pictures r JOIN ",
            public_copies!("images_unlisted_by_sum", "sha256", "unlisted_key"), ")
        AND NOT EXISTS (SELECT 1 FROM removed_pictures r JOIN ",
            public_copies!("images_unlisted_by_pixels", "pixels_sum", "unlisted_key"), ")");
    IS_TO_SEARCH = "SELECT 1 AS yes FROM removed_pictures WHERE id = ?1 AND copies_due = 1";
    /// Where the decision has gone with its account: a person looks at each. `?2` a list of
    /// [case, act, picture, subject].
    OPEN_FOUND = "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at, automatic)
        SELECT json_extract(copy.value, '$[0]'), i.user_id, i.id, i.id, ?3, ?4, 1
        FROM json_each(?2) AS copy JOIN images i ON i.id = json_extract(copy.value, '$[2]')
        WHERE (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL)
            AND EXISTS (SELECT 1 FROM removed_pictures r WHERE r.id = ?1 AND r.case_id IS NULL)
        ON CONFLICT (image_id) WHERE decided_at IS NULL DO NOTHING";
    LEFT_TO_A_PERSON = "UPDATE removed_pictures SET copies_due = 0 WHERE id = ?1 AND case_id IS NULL";
    /// `?2` a list of [case, act, picture, subject].
    OPEN_COPIES = "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at)
        SELECT json_extract(copy.value, '$[0]'), i.user_id, i.id, i.id, ?3, ?3
        FROM json_each(?2) AS copy JOIN images i ON i.id = json_extract(copy.value, '$[2]')
        WHERE (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL)
            AND EXISTS (SELECT 1 FROM removed_pictures r WHERE r.case_id = ?1)
        ON CONFLICT (image_id) WHERE decided_at IS NULL DO NOTHING";
    DECIDE_COPIES = "UPDATE cases SET decided_at = ?3, act_id = json_extract(copy.value, '$[1]'),
            decided_by = d.decided_by, picture = 'withdrawn', account = 'none', ground = d.ground,
            rule = d.rule, facts = d.facts, overturned_at = NULL, automatic = 1, copy_of = d.id,
            public_key = i.public_key, published_at = i.published_at,
            unlisted_key = i.unlisted_key, unlisted_until = i.unlisted_until
        FROM json_each(?2) AS copy
            JOIN cases d ON d.id = ?1 AND d.picture = 'withdrawn' AND d.overturned_at IS NULL
            JOIN images i ON i.id = json_extract(copy.value, '$[2]')
                AND (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL)
        WHERE cases.image_id = i.id AND cases.decided_at IS NULL";
    WITHDRAW_COPIES = "UPDATE images SET public_key = NULL, published_at = NULL,
            withheld_by = (SELECT c.id FROM cases c WHERE c.image_id = images.id AND c.copy_of = ?1
                AND c.decided_at = ?2 AND c.overturned_at IS NULL)
        WHERE id IN (SELECT c.image_id FROM cases c WHERE c.copy_of = ?1 AND c.decided_at = ?2
                AND c.overturned_at IS NULL)";
    NOTE_COPIES = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT c.act_id, ?2, ?3, ?4, json_extract(copy.value, '$[3]'), 'a copy withdrawn'
        FROM json_each(?1) AS copy JOIN cases c ON c.image_id = json_extract(copy.value, '$[2]')
            AND c.act_id = json_extract(copy.value, '$[1]')
        WHERE true ON CONFLICT (id) DO NOTHING";
}

/// What could be told of a picture that is removed, in the words of the database; `None`
/// where it could not be decoded.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Hex SHA-256 of its pixels.
    pub pixels: Option<String>,
    /// What it looks like, whole and with its edges cut off.
    pub looks: Option<String>,
}

/// Remembers the picture of a case, in the batch that decides it.
pub(super) fn remember_statement(
    case_id: &str,
    act_id: &str,
    traces: &Traces,
    now_ms: i64,
) -> Statement {
    Statement::new(REMEMBER)
        .bind(case_id)
        .bind(act_id)
        .bind(now_ms)
        .bind(traces.pixels.clone())
        .bind(traces.looks.clone())
}

/// Forgets the pictures of decisions that an appeal takes back, in the batch that does.
pub(super) fn forget_statement(appeal_id: &str, now_ms: i64) -> Statement {
    Statement::new(FORGET).bind(appeal_id).bind(now_ms)
}

/// Whether a file of these bytes, or of these pixels, was removed.
pub async fn is_removed(db: &Db, sha256: &str, pixels: &str) -> Result<bool, DbError> {
    let statement = Statement::new(IS_REMOVED).bind(sha256).bind(pixels);
    Ok(db.fetch_optional(statement).await?.is_some())
}

/// What a removed picture looks like.
#[derive(Clone, Debug)]
pub struct Removed {
    /// The removal's id.
    pub id: String,
    /// Whole and with its edges cut off.
    pub looks: String,
    /// Unix milliseconds of the decision.
    pub at_ms: i64,
}

/// Reads a number that changes whenever a picture is removed, or one is no longer.
pub(super) fn version_statement() -> Statement {
    Statement::new(VERSION)
}

/// What [`version_statement`] read; 0 before the first.
pub(super) fn version_of(row: Option<&Row>) -> Result<i64, DbError> {
    Ok(row.map(|row| row.int("value")).transpose()?.unwrap_or(0))
}

/// As [`version_statement`], by itself.
pub async fn version(db: &Db) -> Result<i64, DbError> {
    let row = db.fetch_optional(version_statement()).await?;
    version_of(row.as_ref())
}

/// What removed pictures look like whose removal has an id after this one, 500 at most.
pub async fn looks(db: &Db, after: &str) -> Result<Vec<Removed>, DbError> {
    let rows = db.fetch_all(Statement::new(LOOKS).bind(after)).await?;
    let removed = |row: &Row| {
        Ok(Removed {
            id: row.text("id")?,
            looks: row.text("looks")?,
            at_ms: row.int("removed_at")?,
        })
    };
    rows.iter().map(removed).collect()
}

/// A picture that somebody wants to publish.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The picture.
    pub image: Image,
    /// What it looks like; `None` where that was never told, empty for one colour.
    pub looks: Option<String>,
    /// When somebody looked at it and freed it, Unix milliseconds.
    pub freed_at_ms: Option<i64>,
}

/// Those of these pictures that this person could publish; `from_trash` also by taking them
/// out of the trash.
pub async fn candidates(
    db: &Db,
    user_id: &str,
    ids: &[String],
    from_trash: bool,
) -> Result<Vec<Candidate>, DbError> {
    let statement = Statement::new(PRIVATE)
        .bind(user_id)
        .bind(json(ids)?)
        .bind(i64::from(from_trash));
    let rows = db.fetch_all(statement).await?;
    let candidate = |row: &Row| {
        Ok(Candidate {
            image: Image::from_row(row)?,
            looks: row.opt_text("looks")?,
            freed_at_ms: row.opt_int("freed_at")?,
        })
    };
    rows.iter().map(candidate).collect()
}

/// Holds pictures of this person until somebody has looked, each in a case, by pairs of a
/// new case's id and the picture's; how many.
pub async fn hold(
    db: &Db,
    user_id: &str,
    pairs: &[(String, String)],
    now_ms: i64,
    due_ms: i64,
) -> Result<usize, DbError> {
    let pairs = json(pairs)?;
    let of_them = |sql| Statement::new(sql).bind(pairs.as_str()).bind(user_id);
    let open = of_them(OPEN_HELD).bind(now_ms).bind(due_ms);
    let results = db.batch(vec![open, of_them(HOLD)]).await?;
    Ok(results.get(1).map_or(0, Vec::len))
}

/// A removed picture whose public copies are still to be searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSearch {
    /// The removal: the id of the act that decided it.
    pub id: String,
    /// The case, and a hash of who decided it; `None` once it is gone with its account.
    pub decided: Option<(String, String)>,
}

impl ToSearch {
    fn list(rows: &[Row]) -> Result<Vec<ToSearch>, DbError> {
        let one = |row: &Row| {
            let case_id = row.opt_text("case_id")?;
            Ok(ToSearch {
                id: row.text("id")?,
                decided: case_id.zip(row.opt_text("decided_by")?),
            })
        };
        rows.iter().map(one).collect()
    }
}

/// Some of the removed pictures whose public copies are still to be searched for.
pub async fn to_search(db: &Db) -> Result<Vec<ToSearch>, DbError> {
    ToSearch::list(&db.fetch_all(Statement::new(TO_SEARCH)).await?)
}

/// The removal of this id, if public copies of it are to be searched for.
pub async fn to_search_one(db: &Db, id: &str) -> Result<Option<ToSearch>, DbError> {
    let rows = db.fetch_all(Statement::new(TO_SEARCH_ONE).bind(id)).await?;
    Ok(ToSearch::list(&rows)?.pop())
}

/// Public copies of a removed picture, each with its owner's id, 200 at most.
pub async fn copies(db: &Db, id: &str) -> Result<Vec<(String, String)>, DbError> {
    let rows = db.fetch_all(Statement::new(COPIES).bind(id)).await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.text("user_id")?)))
        .collect()
}

/// Notes that there is no public copy left, if there is none; true once nobody has to
/// search any more.
pub async fn searched(db: &Db, id: &str) -> Result<bool, DbError> {
    let statements = [SEARCHED, IS_TO_SEARCH].map(|sql| Statement::new(sql).bind(id));
    let results = db.batch(statements.into()).await?;
    Ok(results.last().is_some_and(Vec::is_empty))
}

/// Opens a case for each of these copies of a picture whose decision is gone with its
/// account, as one step: a person looks at them.
pub async fn leave_to_a_person(
    db: &Db,
    id: &str,
    copies: &[PublicCopy],
    now_ms: i64,
    due_ms: i64,
) -> Result<(), DbError> {
    let open = Statement::new(OPEN_FOUND)
        .bind(id)
        .bind(json(copies)?)
        .bind(now_ms)
        .bind(due_ms);
    let done = Statement::new(LEFT_TO_A_PERSON).bind(id);
    db.batch(vec![open, done]).await.map(|_| ())
}

/// A public copy that is to be withdrawn: ids of a new case and of a new act, the
/// picture, and a hash of its owner's id.
pub type PublicCopy = (String, String, String, String);

/// Withdraws copies of the picture of a case that was decided, each by a decision of its
/// own that says the same, as one step; `mails` queues what is told of it.
pub async fn withdraw_copies(
    db: &Db,
    case_id: &str,
    copies: &[PublicCopy],
    act: &Act,
    mails: Vec<Statement>,
) -> Result<(), DbError> {
    let listed = json(copies)?;
    let of_case = |sql| Statement::new(sql).bind(case_id);
    let note = Statement::new(NOTE_COPIES)
        .bind(listed.as_str())
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(act.act.as_str());
    let mut batch = vec![
        of_case(OPEN_COPIES).bind(listed.as_str()).bind(act.at_ms),
        of_case(DECIDE_COPIES).bind(listed.as_str()).bind(act.at_ms),
        of_case(WITHDRAW_COPIES).bind(act.at_ms),
        note,
        notice_sums::copies(&listed, act.at_ms),
    ];
    batch.extend(mails);
    db.batch_durable(batch).await.map(|_| ())
}
