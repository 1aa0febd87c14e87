//! Notices: what somebody wrote about a published picture, and how that stands.

use super::{
    Db, DbError, Row, Statement,
    cases::{self, Appeal},
    notice_sums,
};
use crate::model::notice::{PictureMeasure, Reason};

statements! {
    /// However many notices come, a picture has one open case, due when the most urgent
    /// of them is. There is none of a picture that nobody but its owner sees.
    OPEN_CASE = "INSERT INTO cases (id, user_id, image_id, about, opened_at, due_at)
        SELECT ?1, i.user_id, i.id, i.id, ?3, ?4 FROM images i
        WHERE i.id = ?2 AND (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL)
        ON CONFLICT (image_id) WHERE decided_at IS NULL DO UPDATE SET due_at = MIN(due_at, excluded.due_at)
        RETURNING id";
    INSERT = "INSERT INTO notices (id, case_id, reason, explanation, name, email, signature, created_at,
            order_id)
        SELECT ?1, c.id, ?3, ?4, ?5, ?6, ?7, ?8, ?10 FROM cases c
        WHERE c.image_id = ?2 AND c.decided_at IS NULL
          AND EXISTS (SELECT 1 FROM images i WHERE i.id = ?2
              AND (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL))
          AND (SELECT COUNT(*) FROM notices n WHERE n.case_id = c.id) < ?9
        ON CONFLICT (id) DO NOTHING RETURNING id";
    /// Of whoever is not read for a time: received, and in no case.
    INSERT_UNREAD = "INSERT INTO notices (id, reason, explanation, name, email, signature, created_at, unread)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1)";
    FIND = "SELECT n.id, n.reason, n.created_at, n.unread, n.unfounded, c.id AS case_id, c.due_at, c.decided_at, c.picture, c.measure, c.account,
            c.ground, c.rule, c.facts, c.overturned_at, c.act_id, c.about, c.about = c.user_id AS is_of_account, i.public_key IS NOT NULL AS still_public,
            r.id IS NOT NULL AS is_report, r.decision AS report_decision
        FROM notices n LEFT JOIN cases c ON c.id = n.case_id LEFT JOIN images i ON i.id = c.image_id
            LEFT JOIN reports r ON r.id = n.id
        WHERE n.id = ?1";
    APPEALS = "SELECT * FROM appeals WHERE notice_id = ?1 ORDER BY created_at";
    /// By its id while it is public, and by its address while it is unlisted, at `?2`.
    REPORTED = "SELECT id, user_id FROM images WHERE id = ?1 AND public_key IS NOT NULL
        UNION ALL SELECT id, user_id FROM images WHERE unlisted_key = ?1 AND COALESCE(unlisted_until > ?2, 1)";
}

/// A notice, as its form brings it.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// Its number: random, and the address of its page.
    pub id: &'a str,
    /// The id of a case, should there be none that is open.
    pub case_id: &'a str,
    /// The picture.
    pub image_id: &'a str,
    /// What it is about.
    pub reason: Reason,
    /// Why, in the writer's words.
    pub explanation: &'a str,
    /// Who writes; empty where nobody is asked.
    pub name: &'a str,
    /// Where to answer; empty where nobody is asked.
    pub email: &'a str,
    /// The name typed in place of a signature; empty where none is asked for.
    pub signature: &'a str,
    /// By when it is to be decided, Unix milliseconds.
    pub due_at_ms: i64,
    /// The number of the authority's order that it is a part of.
    pub order_id: Option<&'a str>,
    /// How many notices of the picture may wait.
    pub most: i64,
}

/// The result of keeping a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is kept, and its case is open.
    Kept,
    /// The picture is not public, or there is none.
    NoSuchPicture,
    /// As many notices of the picture wait as may.
    Full,
}

/// The statements that keep a notice, open the picture's case where none is, and count.
pub(super) fn statements(written: &Written<'_>, now_ms: i64) -> Vec<Statement> {
    let case = Statement::new(OPEN_CASE)
        .bind(written.case_id)
        .bind(written.image_id)
        .bind(now_ms)
        .bind(written.due_at_ms);
    let notice = Statement::new(INSERT)
        .bind(written.id)
        .bind(written.image_id)
        .bind(written.reason.as_str())
        .bind(written.explanation)
        .bind(written.name)
        .bind(written.email)
        .bind(written.signature)
        .bind(now_ms)
        .bind(written.most)
        .bind(written.order_id);
    vec![case, notice, notice_sums::notice(written.id, now_ms)]
}

/// Keeps a notice, and opens the picture's case where none is; `mails` queues its receipt.
pub async fn insert(
    db: &Db,
    written: &Written<'_>,
    mails: Vec<Statement>,
    now_ms: i64,
) -> Result<Kept, DbError> {
    let mut batch = statements(written, now_ms);
    batch.extend(mails);
    let results = db.batch(batch).await?;
    let is_empty = |index: usize| results.get(index).is_none_or(Vec::is_empty);
    Ok(match (is_empty(0), is_empty(1)) {
        (true, _) => Kept::NoSuchPicture,
        (_, true) => Kept::Full,
        _ => Kept::Kept,
    })
}

/// Keeps a notice of somebody whose reports go unread for a time.
pub async fn insert_unread(db: &Db, written: &Written<'_>, now_ms: i64) -> Result<(), DbError> {
    let notice = Statement::new(INSERT_UNREAD)
        .bind(written.id)
        .bind(written.reason.as_str())
        .bind(written.explanation)
        .bind(written.name)
        .bind(written.email)
        .bind(written.signature)
        .bind(now_ms);
    let batch = vec![notice, notice_sums::notice(written.id, now_ms)];
    db.batch(batch).await.map(|_| ())
}

/// A picture that others may see, as far as a report needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// Its id.
    pub id: String,
    /// Its owner's id.
    pub user_id: String,
}

/// What can be reported under this name: a public picture's id, or the key of an unlisted
/// one's address.
pub async fn reported(db: &Db, name: &str, now_ms: i64) -> Result<Option<Reported>, DbError> {
    let statement = Statement::new(REPORTED).bind(name).bind(now_ms);
    let row = db.fetch_optional(statement).await?;
    row.map(|row| {
        Ok(Reported {
            id: row.text("id")?,
            user_id: row.text("user_id")?,
        })
    })
    .transpose()
}

/// How a notice stands, as whoever sent it reads it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its number.
    pub id: String,
    /// What it was about.
    pub reason: Option<Reason>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// True if it goes unread.
    pub is_unread: bool,
    /// How often reports of whoever sent it were found to be manifestly unfounded, with
    /// this one: once is a warning, `None` says that this one was not.
    pub unfounded: Option<u32>,
    /// Of a report of an account that nobody knew from what was written: what was decided,
    /// in the database's word; empty while nothing was.
    pub report: Option<String>,
    /// What became of it; `None` where picture and account are gone.
    pub case: Option<CaseStanding>,
    /// The writer's objections, the oldest first.
    pub appeals: Vec<Appeal>,
}

/// How the case of a notice stands.
#[derive(Clone, Debug)]
pub struct CaseStanding {
    /// Its id.
    pub id: String,
    /// The picture's id.
    pub about: String,
    /// True if it is about the account and no picture.
    pub is_of_account: bool,
    /// By when it is to be decided, Unix milliseconds.
    pub due_at_ms: i64,
    /// True while everybody may see the picture.
    pub still_public: bool,
    /// The decision; `None` while there is none.
    pub decision: Option<Outcome>,
}

/// A decision as far as whoever sent a notice is told: what became of the account is
/// between the site and its owner.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The id of the act.
    pub act_id: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// What became of the picture.
    pub picture: PictureMeasure,
    /// True if something was done about the account.
    pub account: bool,
    /// Why: the facts.
    pub facts: String,
    /// True if an appeal of the owner's took it back.
    pub overturned: bool,
}

/// The notice of this number.
pub async fn find(db: &Db, id: &str) -> Result<Option<Standing>, DbError> {
    let statements = [FIND, APPEALS].map(|sql| Statement::new(sql).bind(id));
    let results = db.fetch_many(statements.into()).await?;
    let [notice, appeals] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    let Some(row) = notice.first() else {
        return Ok(None);
    };
    Ok(Some(Standing {
        id: row.text("id")?,
        reason: Reason::parse(&row.text("reason")?),
        created_at_ms: row.int("created_at")?,
        is_unread: row.int("unread")? != 0,
        unfounded: u32::try_from(row.int("unfounded")?)
            .ok()
            .filter(|times| *times > 0),
        report: match row.int("is_report")? {
            0 => None,
            _ => Some(row.opt_text("report_decision")?.unwrap_or_default()),
        },
        case: CaseStanding::from_row(row)?,
        appeals: Appeal::list(appeals)?,
    }))
}

impl CaseStanding {
    fn from_row(row: &Row) -> Result<Option<CaseStanding>, DbError> {
        let Some(id) = row.opt_text("case_id")? else {
            return Ok(None);
        };
        let decision = match row.opt_int("decided_at")? {
            None => None,
            Some(at_ms) => Some(Outcome {
                act_id: row.text("act_id")?,
                at_ms,
                picture: cases::measure_of(row)?,
                account: row.text("account")? != "none",
                facts: row.text("facts")?,
                overturned: row.opt_int("overturned_at")?.is_some(),
            }),
        };
        Ok(Some(CaseStanding {
            id,
            about: row.text("about")?,
            is_of_account: row.int("is_of_account")? != 0,
            due_at_ms: row.int("due_at")?,
            still_public: row.int("still_public")? != 0,
            decision,
        }))
    }
}
