//! Orders of authorities: what they ask for, the notices that they become, and that they
//! were answered.

use super::{
    Db, DbError, INTEGER_MAX, Row, Statement,
    engine::json,
    notice_sums,
    notices::{self, Written},
    reports::Act,
};
use crate::model::notice::{OrderKind, Reason};

statements! {
    INSERT = "INSERT INTO authority_orders (id, kind, authority, reference, basis, pictures, words, name,
            email, received_at, due_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    /// The public pictures of these ids, or at these keys, and the unlisted ones at these keys.
    PUBLIC = "SELECT id FROM images WHERE public_key IS NOT NULL
        AND (id IN (SELECT value FROM json_each(?1)) OR public_key IN (SELECT value FROM json_each(?1)))
        UNION ALL SELECT id FROM images WHERE unlisted_key IN (SELECT value FROM json_each(?1))";
    OPEN = "SELECT COUNT(*) AS open FROM authority_orders WHERE answered_at IS NULL";
    FIND = "SELECT * FROM authority_orders WHERE id = ?1";
    NOTICES = "SELECT n.id, c.about, c.decided_at FROM notices n LEFT JOIN cases c ON c.id = n.case_id
        WHERE n.order_id = ?1 ORDER BY n.id";
    WAITING = "SELECT o.*, (SELECT json_group_array(DISTINCT n.case_id) FROM notices n
            WHERE n.order_id = o.id AND n.case_id IS NOT NULL) AS cases
        FROM authority_orders o WHERE o.answered_at IS NULL ORDER BY o.due_at LIMIT 100";
    ANSWER = "UPDATE authority_orders SET answered_at = ?2, answered_by = ?3, answer = ?4
        WHERE id = ?1 AND answered_at IS NULL RETURNING id";
    NOTE = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS
            (SELECT 1 FROM authority_orders WHERE id = ?7 AND answered_at = ?2 AND answered_by = ?3)";
}

/// An order, as its form brings it.
#[derive(Clone, Debug)]
pub struct Order {
    /// Its number: random, and the address of its page.
    pub id: String,
    /// What is ordered.
    pub kind: OrderKind,
    /// Who orders it.
    pub authority: String,
    /// Their reference.
    pub reference: String,
    /// On which law it rests.
    pub basis: String,
    /// The addresses it names, as they were written.
    pub pictures: String,
    /// What is ordered, and why.
    pub words: String,
    /// Who answers for it.
    pub name: String,
    /// Where to answer.
    pub email: String,
    /// Unix milliseconds.
    pub received_at_ms: i64,
    /// By when it is to be done, Unix milliseconds.
    pub due_at_ms: i64,
    /// When it was answered, Unix milliseconds, and how.
    pub answered: Option<(i64, String)>,
}

impl Order {
    fn from_row(row: &Row) -> Result<Order, DbError> {
        let answered = match row.opt_int("answered_at")? {
            None => None,
            Some(at_ms) => Some((at_ms, row.text("answer")?)),
        };
        Ok(Order {
            id: row.text("id")?,
            kind: OrderKind::parse(&row.text("kind")?).ok_or(DbError::Shape)?,
            authority: row.text("authority")?,
            reference: row.text("reference")?,
            basis: row.text("basis")?,
            pictures: row.text("pictures")?,
            words: row.text("words")?,
            name: row.text("name")?,
            email: row.text("email")?,
            received_at_ms: row.int("received_at")?,
            due_at_ms: row.int("due_at")?,
            answered,
        })
    }
}

/// The public pictures that these ids or public keys name.
pub async fn public_pictures(db: &Db, names: &[String]) -> Result<Vec<String>, DbError> {
    let rows = db
        .fetch_all(Statement::new(PUBLIC).bind(json(names)?))
        .await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// A notice to be of an order: its number, an id for a case should none be open, and the
/// picture.
pub struct OfOrder {
    /// The notice's number.
    pub id: String,
    /// The id of a case.
    pub case_id: String,
    /// The picture.
    pub image_id: String,
}

/// How many orders wait for an answer.
pub async fn open(db: &Db) -> Result<i64, DbError> {
    let row = db.fetch_optional(Statement::new(OPEN)).await?;
    row.ok_or(DbError::Shape)?.int("open")
}

/// Keeps an order, with a notice and an open case for each public picture it names, as
/// one step; `mails` queues its receipt.
pub async fn insert(
    db: &Db,
    order: &Order,
    pictures: &[OfOrder],
    mails: Vec<Statement>,
) -> Result<(), DbError> {
    let keep = Statement::new(INSERT)
        .bind(order.id.as_str())
        .bind(order.kind.as_str())
        .bind(order.authority.as_str())
        .bind(order.reference.as_str())
        .bind(order.basis.as_str())
        .bind(order.pictures.as_str())
        .bind(order.words.as_str())
        .bind(order.name.as_str())
        .bind(order.email.as_str())
        .bind(order.received_at_ms)
        .bind(order.due_at_ms);
    let mut batch = vec![keep, notice_sums::order(&order.id, order.received_at_ms)];
    batch.extend(mails);
    for picture in pictures {
        let written = Written {
            id: &picture.id,
            case_id: &picture.case_id,
            image_id: &picture.image_id,
            reason: match order.kind {
                OrderKind::Terrorism => Reason::Terrorism,
                OrderKind::Removal | OrderKind::Information => Reason::OtherLaw,
            },
            explanation: &order.words,
            name: &order.authority,
            email: &order.email,
            signature: "",
            due_at_ms: order.due_at_ms,
            order_id: Some(&order.id),
            // However many others wait: an authority is not asked to come later.
            most: INTEGER_MAX,
        };
        batch.extend(notices::statements(&written, order.received_at_ms));
    }
    db.batch(batch).await.map(|_| ())
}

/// A notice of an order, as the authority reads it.
#[derive(Clone, Debug)]
pub struct PictureStanding {
    /// The notice's number.
    pub notice_id: String,
    /// The picture's id; `None` where picture and account are gone.
    pub about: Option<String>,
    /// True once something was decided.
    pub is_decided: bool,
}

/// The order of this number, with the notices that it became.
pub async fn find(db: &Db, id: &str) -> Result<Option<(Order, Vec<PictureStanding>)>, DbError> {
    let statements = [FIND, NOTICES].map(|sql| Statement::new(sql).bind(id));
    let results = db.fetch_many(statements.into()).await?;
    let [order, notices] = results.as_slice() else {
        return Err(DbError::Shape);
    };
    let Some(order) = order.first() else {
        return Ok(None);
    };
    let standing = |row: &Row| {
        Ok(PictureStanding {
            notice_id: row.text("id")?,
            about: row.opt_text("about")?,
            is_decided: row.opt_int("decided_at")?.is_some(),
        })
    };
    let notices = notices.iter().map(standing);
    let notices = notices.collect::<Result<Vec<_>, DbError>>()?;
    Ok(Some((Order::from_row(order)?, notices)))
}

/// An order that waits, with the cases that it opened or joined.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The order.
    pub order: Order,
    /// The ids of the cases.
    pub cases: Vec<String>,
}

/// Reads the orders that wait, the most urgent first.
pub(super) fn waiting_statement() -> Statement {
    Statement::new(WAITING)
}

impl Waiting {
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Waiting>, DbError> {
        let waiting = |row: &Row| {
            let cases = serde_json::from_str(&row.text("cases")?);
            Ok(Waiting {
                order: Order::from_row(row)?,
                cases: cases.map_err(|_| DbError::Shape)?,
            })
        };
        rows.iter().map(waiting).collect()
    }
}

/// Notes that an order was answered, and who did; false if it was before, or there is none.
/// `mails` queues what is told of it.
pub async fn answer(
    db: &Db,
    id: &str,
    answer: &str,
    (act_id, act): (&str, &Act),
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let noted = act.note(NOTE, act_id).bind(id);
    let answer = Statement::new(ANSWER)
        .bind(id)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(answer);
    let mut batch = vec![answer, noted];
    batch.extend(mails);
    let results = db.batch_durable(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
