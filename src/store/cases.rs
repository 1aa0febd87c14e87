//! Cases: what is to be decided about a picture or an account, the decisions, and what
//! people object to them.

use super::{
    Db, DbError, INTEGER_MAX, Row, Statement,
    images::Image,
    reads::Reads,
    sealed::{self, Report},
};
use crate::model::{
    limits::{NOTICES_SHOWN, STRIKE_MS},
    notice::{Ground, PictureMeasure, Reason},
};

/// A case with its owner, how many notices it has, and the gravest reason of them.
macro_rules! cases {
    () => {
        "SELECT c.*, u.name, u.handle, u.suspended_until, i.id IS NOT NULL AS is_there,
            (i.public_key IS NOT NULL OR i.unlisted_key IS NOT NULL) AS still_public,
            i.unlisted_key AS unlisted_slug,
            i.title, i.alt,
            (SELECT json_group_array(t.name) FROM public_tags t WHERE t.image_id = i.id) AS shown_tags,
            (SELECT COUNT(*) FROM notices n WHERE n.case_id = c.id) AS notices,
            (SELECT n.reason FROM notices n WHERE n.case_id = c.id ORDER BY n.created_at LIMIT 1) AS reason
        FROM cases c JOIN users u ON u.id = c.user_id LEFT JOIN images i ON i.id = c.image_id"
    };
}

statements! {
    IS_TOLD = "SELECT 1 AS yes FROM notices WHERE case_id = ?1 AND reason = ?2 LIMIT 1";
    /// Those that wait, the most urgent first, and those with an appeal that waits.
    WAITING = concat!("SELECT * FROM (", cases!(), " WHERE c.decided_at IS NULL ORDER BY c.due_at LIMIT 100)
        UNION ALL SELECT * FROM (", cases!(), " WHERE c.id IN
            (SELECT case_id FROM appeals WHERE decided_at IS NULL ORDER BY created_at LIMIT 100))
        ORDER BY 6");
    FIND = concat!(cases!(), " WHERE c.id = ?1");
    OF_USER = concat!(cases!(), " WHERE c.user_id = ?1 AND c.decided_at IS NOT NULL
        AND (c.picture <> 'kept' OR c.account <> 'none') ORDER BY c.decided_at DESC LIMIT 100");
    ANY_OF_USER = "SELECT 1 AS yes FROM cases WHERE user_id = ?1 AND decided_at IS NOT NULL
        AND (picture <> 'kept' OR account <> 'none') LIMIT 1";
    /// While something about it is to be decided.
    IMAGE = "SELECT i.* FROM cases c JOIN images i ON i.id = c.image_id WHERE c.id = ?1
        AND (c.decided_at IS NULL
            OR EXISTS (SELECT 1 FROM appeals a WHERE a.case_id = c.id AND a.decided_at IS NULL))";
    NOTICES = "SELECT rowid AS place, id, reason, explanation, name, email, signature, created_at FROM notices
        WHERE case_id = ?1 AND (created_at, rowid) > (?2, ?3) ORDER BY created_at, rowid LIMIT ?4";
    NOTICE = "SELECT rowid AS place, id, reason, explanation, name, email, signature, created_at FROM notices
        WHERE id = ?2 AND case_id = ?1";
    APPEALS = "SELECT * FROM appeals WHERE case_id = ?1 ORDER BY created_at";
    APPEALS_OF_USER = "SELECT a.* FROM appeals a JOIN cases c ON c.id = a.case_id
        WHERE c.user_id = ?1 AND a.notice_id IS NULL ORDER BY a.created_at";
    STRIKES = "SELECT COUNT(*) AS strikes FROM cases c
        WHERE c.user_id = (SELECT user_id FROM cases WHERE id = ?1) AND c.strike = 1
          AND c.overturned_at IS NULL AND c.decided_at > ?2";
}

/// A case, as administrators and, without who sent notices, its owner read it.
#[derive(Clone, Debug)]
pub struct Case {
    /// UUIDv7 text.
    pub id: String,
    /// The owner's id.
    pub user_id: String,
    /// The owner's name.
    pub name: String,
    /// The owner's handle.
    pub handle: Option<String>,
    /// Until when the owner is suspended, Unix milliseconds.
    pub suspended_until_ms: Option<i64>,
    /// The picture's id.
    pub about: String,
    /// False once the picture is deleted.
    pub is_there: bool,
    /// True while others than its owner may see it.
    pub still_public: bool,
    /// The key of its address, while it is unlisted.
    pub unlisted_slug: Option<String>,
    /// The picture's title, if it has one.
    pub title: Option<String>,
    /// What its owner says is seen on it.
    pub alt: Option<String>,
    /// Tags that are shown with it while it is public.
    pub tags: Vec<String>,
    /// Unix milliseconds of the first notice.
    pub opened_at_ms: i64,
    /// By when it is to be decided, Unix milliseconds.
    pub due_at_ms: i64,
    /// Number of notices.
    pub notices: u32,
    /// What the first of them is about.
    pub reason: Option<Reason>,
    /// True where a comparison of pictures led to it.
    pub automatic: bool,
    /// What was decided; `None` while nothing was.
    pub decision: Option<Decided>,
}

/// A decision.
#[derive(Clone, Debug)]
pub struct Decided {
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// Hex SHA-256 of the id of the administrator who decided.
    pub by: String,
    /// What became of the picture.
    pub picture: PictureMeasure,
    /// What became of the account: `none`, `warned`, `strike` or `suspended`.
    pub account: String,
    /// True if it counts as a strike.
    pub strike: bool,
    /// When a suspension ends, Unix milliseconds.
    pub until_ms: Option<i64>,
    /// What it rests on.
    pub ground: Ground,
    /// Which law, or which rule of the terms.
    pub rule: String,
    /// The facts and the circumstances.
    pub facts: String,
    /// When an appeal took it back, Unix milliseconds.
    pub overturned_at_ms: Option<i64>,
}

impl Case {
    fn from_row(row: &Row) -> Result<Case, DbError> {
        let decision = match row.opt_int("decided_at")? {
            None => None,
            Some(at_ms) => Some(Decided {
                at_ms,
                by: row.text("decided_by")?,
                picture: measure_of(row)?,
                account: row.text("account")?,
                strike: row.int("strike")? != 0,
                until_ms: row.opt_int("until")?,
                ground: Ground::parse(&row.text("ground")?).ok_or(DbError::Shape)?,
                rule: row.text("rule")?,
                facts: row.text("facts")?,
                overturned_at_ms: row.opt_int("overturned_at")?,
            }),
        };
        Ok(Case {
            id: row.text("id")?,
            user_id: row.text("user_id")?,
            name: row.text("name")?,
            handle: row.opt_text("handle")?,
            suspended_until_ms: row.opt_int("suspended_until")?,
            about: row.text("about")?,
            is_there: row.int("is_there")? != 0,
            still_public: row.int("still_public")? != 0,
            unlisted_slug: row.opt_text("unlisted_slug")?,
            title: row.opt_text("title")?,
            alt: row.opt_text("alt")?,
            tags: row.json("shown_tags")?,
            opened_at_ms: row.int("opened_at")?,
            due_at_ms: row.int("due_at")?,
            notices: u32::try_from(row.int("notices")?).unwrap_or(u32::MAX),
            reason: row.opt_text("reason")?.as_deref().and_then(Reason::parse),
            automatic: row.int("automatic")? != 0,
            decision,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Case>, DbError> {
        rows.iter().map(Case::from_row).collect()
    }
}

/// What became of the picture of a case's row.
pub(super) fn measure_of(row: &Row) -> Result<PictureMeasure, DbError> {
    let measure = row.opt_text("measure")?;
    PictureMeasure::of_columns(&row.text("picture")?, measure.as_deref()).ok_or(DbError::Shape)
}

/// A notice, as administrators read it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its number.
    pub id: String,
    /// What it is about.
    pub reason: Option<Reason>,
    /// Why, in the writer's words.
    pub explanation: String,
    /// Who wrote it; empty where nobody was asked.
    pub name: String,
    /// Where to answer; empty where nobody was asked.
    pub email: String,
    /// The name typed in place of a signature.
    pub signature: String,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Which of those of the same moment.
    place: i64,
}

/// Where a list of a case's notices goes on: after this moment, and after this one of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After(pub i64, pub i64);

impl After {
    /// The beginning of the list.
    pub const NOTHING: After = After(-1, -1);
}

impl Notice {
    /// Where a list goes on that ends with this notice.
    pub fn after(&self) -> After {
        After(self.created_at_ms, self.place)
    }

    fn list(rows: &[Row]) -> Result<Vec<Notice>, DbError> {
        let notice = |row: &Row| {
            Ok(Notice {
                place: row.int("place")?,
                id: row.text("id")?,
                reason: Reason::parse(&row.text("reason")?),
                explanation: row.text("explanation")?,
                name: row.text("name")?,
                email: row.text("email")?,
                signature: row.text("signature")?,
                created_at_ms: row.int("created_at")?,
            })
        };
        rows.iter().map(notice).collect()
    }
}

/// An objection to a decision.
#[derive(Clone, Debug)]
pub struct Appeal {
    /// UUIDv7 text.
    pub id: String,
    /// The case.
    pub case_id: String,
    /// The decision: the id of the act.
    pub act_id: String,
    /// True for the owner's; false for that of somebody who sent a notice.
    pub of_owner: bool,
    /// Why, in the writer's words.
    pub words: String,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was decided, Unix milliseconds.
    pub decided_at_ms: Option<i64>,
    /// True if the decision was wrong.
    pub upheld: bool,
    /// What the site answers.
    pub answer: String,
}

impl Appeal {
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Appeal>, DbError> {
        let appeal = |row: &Row| {
            Ok(Appeal {
                id: row.text("id")?,
                case_id: row.text("case_id")?,
                act_id: row.text("act_id")?,
                of_owner: row.opt_text("notice_id")?.is_none(),
                words: row.text("words")?,
                created_at_ms: row.int("created_at")?,
                decided_at_ms: row.opt_int("decided_at")?,
                upheld: row.opt_int("upheld")? == Some(1),
                answer: row.text("answer")?,
            })
        };
        rows.iter().map(appeal).collect()
    }
}

/// A case with all that belongs to it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The case.
    pub case: Case,
    /// Some of its notices, the oldest first.
    pub notices: Vec<Notice>,
    /// True if there are notices after these.
    pub has_more: bool,
    /// True if any of its notices says that the account is a child's.
    pub is_childs: bool,
    /// Every appeal, the oldest first.
    pub appeals: Vec<Appeal>,
    /// The owner's strikes that count.
    pub strikes: u32,
    /// What of it was passed to the police, the oldest first.
    pub passed: Vec<Report>,
}

/// Reads the cases that wait, the most urgent first.
pub(super) fn waiting_statement() -> Statement {
    Statement::new(WAITING)
}

/// The picture of a case in which something is to be decided, whoever may see it.
pub async fn image(db: &Db, case_id: &str) -> Result<Option<Image>, DbError> {
    let row = db
        .fetch_optional(Statement::new(IMAGE).bind(case_id))
        .await?;
    row.as_ref().map(Image::from_row).transpose()
}

/// Whether there is a decision that asks something of a person, and one they have not
/// objected to, is for their account's page.
pub(super) fn any_of_user_statement(user_id: &str) -> Statement {
    Statement::new(ANY_OF_USER).bind(user_id)
}

fn notices_statement(case_id: &str, after: After, limit: usize) -> Statement {
    let After(at_ms, place) = after;
    Statement::new(NOTICES)
        .bind(case_id)
        .bind(at_ms.clamp(-1, INTEGER_MAX))
        .bind(place.clamp(-1, INTEGER_MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// Some of a case's notices after this place, the oldest first, 500 at most.
pub async fn notices(db: &Db, case_id: &str, after: After) -> Result<Vec<Notice>, DbError> {
    Notice::list(&db.fetch_all(notices_statement(case_id, after, 500)).await?)
}

/// This notice of this case, wherever in the list it is.
pub async fn notice(db: &Db, case_id: &str, id: &str) -> Result<Option<Notice>, DbError> {
    let rows = db
        .fetch_all(Statement::new(NOTICE).bind(case_id).bind(id))
        .await?;
    Ok(Notice::list(&rows)?.pop())
}

/// The case of this id, with its notices after this place.
pub async fn find(db: &Db, id: &str, after: After, now_ms: i64) -> Result<Option<Whole>, DbError> {
    let mut reads = Reads::default();
    let case = reads.add(Statement::new(FIND).bind(id));
    // One more than are shown tells whether there are any.
    let notices = reads.add(notices_statement(id, after, NOTICES_SHOWN + 1));
    let childs = Reason::ChildAccount.as_str();
    let childs = reads.add(Statement::new(IS_TOLD).bind(id).bind(childs));
    let appeals = reads.add(Statement::new(APPEALS).bind(id));
    let strikes = Statement::new(STRIKES).bind(id).bind(now_ms - STRIKE_MS);
    let strikes = reads.add(strikes);
    let passed = reads.add(sealed::of_case_statement(id));
    let answers = reads.answers(db).await?;
    let Some(case) = answers.first(case) else {
        return Ok(None);
    };
    let strikes = answers.first(strikes).ok_or(DbError::Shape)?;
    let mut notices = Notice::list(answers.rows(notices))?;
    let has_more = notices.len() > NOTICES_SHOWN;
    notices.truncate(NOTICES_SHOWN);
    Ok(Some(Whole {
        case: Case::from_row(case)?,
        notices,
        has_more,
        is_childs: answers.first(childs).is_some(),
        appeals: Appeal::list(answers.rows(appeals))?,
        strikes: u32::try_from(strikes.int("strikes")?).unwrap_or(u32::MAX),
        passed: Report::list(answers.rows(passed))?,
    }))
}

/// The decisions that ask something of a person, the newest first, with what they
/// object to them.
pub async fn of_user(db: &Db, user_id: &str) -> Result<(Vec<Case>, Vec<Appeal>), DbError> {
    let statements = [OF_USER, APPEALS_OF_USER].map(|sql| Statement::new(sql).bind(user_id));
    let results = db.fetch_many(statements.into()).await?;
    let [cases, appeals] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    Ok((Case::list(cases)?, Appeal::list(appeals)?))
}
