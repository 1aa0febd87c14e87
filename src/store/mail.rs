//! Mails that wait: queued in the batch that makes what they tell of, taken one by one,
//! and deleted when they are sent.

use super::{Db, DbError, Row, Statement};
use crate::model::limits::{DAY_MS, MAIL_FAILURES_SHOWN_MS, RECEIPTS_PER_DAY};

/// The count of mails that waited too long and were given up, in the statistics.
pub const GIVEN_UP: &str = "mail given up";

/// Queues mails: the columns between the id and the moments, and what they are read from,
/// the id first. It is bound, or that of what the mail tells of where several are queued
/// at once; never a notice's, which opens its page.
macro_rules! queueing {
    ($columns:literal, $select:literal) => {
        concat!(
            "INSERT INTO mails (id, ",
            $columns,
            ", created_at, due_at) SELECT ",
            $select,
            " ON CONFLICT (id) DO NOTHING"
        )
    };
}

statements! {
    /// The receipt of notice `?1`, unless so many went to the address of this hash since.
    RECEIPT = queueing!("kind, notice_id", "?6, 'receipt', n.id, ?2, ?2 FROM notices n WHERE n.id = ?1
            AND (SELECT COUNT(*) FROM mail_receipts r WHERE r.address = ?3 AND r.at > ?4) < ?5");
    COUNT_RECEIPT = "INSERT INTO mail_receipts (address, at) SELECT ?2, ?3
        WHERE EXISTS (SELECT 1 FROM mails WHERE notice_id = ?1 AND kind = 'receipt')";
    /// The same of the order `?1`.
    ORDER_RECEIPT = queueing!("kind, order_id", "?6, 'order_receipt', o.id, ?2, ?2 FROM authority_orders o
        WHERE o.id = ?1
            AND (SELECT COUNT(*) FROM mail_receipts r WHERE r.address = ?3 AND r.at > ?4) < ?5");
    COUNT_ORDER_RECEIPT = "INSERT INTO mail_receipts (address, at) SELECT ?2, ?3
        WHERE EXISTS (SELECT 1 FROM mails WHERE order_id = ?1 AND kind = 'order_receipt')";
    NOTE_ORDER_LANGUAGE = "UPDATE authority_orders SET mail_language = ?2 WHERE id = ?1
        AND EXISTS (SELECT 1 FROM mails WHERE order_id = ?1 AND kind = 'order_receipt')";
    /// To whoever sent the order `?1`, answered by `?3` at `?2`, and got a receipt.
    ORDER_ANSWERED = queueing!("kind, order_id", "?4, 'order_answered', o.id, ?2, ?2 FROM authority_orders o
        WHERE o.id = ?1 AND o.answered_at = ?2 AND o.answered_by = ?3 AND o.mail_language IS NOT NULL");
    /// To whoever told of an account that is erased for it, by the act `?2`.
    ERASED_NOTICES = queueing!("kind, notice_id", "c.erasing_act || '.' || n.rowid, 'notice_decided', n.id, ?3, ?3
        FROM notices n JOIN cases c ON c.id = n.case_id
        WHERE c.id = ?1 AND c.erasing_act = ?2 AND n.mail_language IS NOT NULL");
    /// To whoever sent the report `?1` that was decided at `?2`.
    REPORT_DECIDED = queueing!("kind, notice_id", "?3, 'notice_decided', n.id, ?2, ?2
        FROM notices n JOIN reports r ON r.id = n.id
        WHERE r.id = ?1 AND r.decided_at = ?2 AND n.mail_language IS NOT NULL");
    /// To the owners of copies that come back with the picture of the appeal `?1`, at `?2`.
    RETURNED = queueing!("kind, user_id", "c.act_id || '.back', 'decided', c.user_id, ?2, ?2
        FROM appeals a JOIN cases c ON c.copy_of = a.case_id
        WHERE a.id = ?1 AND a.decided_at = ?2 AND a.decided_by = ?3 AND c.overturned_at = ?2");
    /// To whoever told of the picture, or of one of them: what they read was taken back.
    RETURNED_NOTICES = queueing!("kind, notice_id", "c.act_id || '.back.' || n.rowid, 'notice_decided', n.id, ?2, ?2
        FROM appeals a JOIN cases c ON c.id = a.case_id OR c.copy_of = a.case_id
            JOIN notices n ON n.case_id = c.id
        WHERE a.id = ?1 AND a.decided_at = ?2 AND a.decided_by = ?3 AND c.overturned_at = ?2
            AND n.mail_language IS NOT NULL");
    NOTE_LANGUAGE = "UPDATE notices SET mail_language = ?2 WHERE id = ?1
        AND EXISTS (SELECT 1 FROM mails WHERE notice_id = ?1 AND kind = 'receipt')";
    /// To the owner, if the decision of case `?1` is this act's and asks something of them.
    DECIDED = queueing!("kind, user_id", "c.act_id,
            CASE c.account WHEN 'suspended' THEN 'suspended' ELSE 'decided' END, c.user_id, ?3, ?3 FROM cases c
        WHERE c.id = ?1 AND c.act_id = ?2 AND (c.picture <> 'kept' OR c.account <> 'none')");
    /// To whoever told of it and got a receipt.
    DECIDED_NOTICES = queueing!("kind, notice_id", "c.act_id || '.' || n.rowid, 'notice_decided', n.id, ?3, ?3
        FROM notices n JOIN cases c ON c.id = n.case_id
        WHERE c.id = ?1 AND c.act_id = ?2 AND n.mail_language IS NOT NULL");
    /// To the party of appeal `?1`, and to whoever else got the same answer at once.
    ANSWERED = queueing!("kind, user_id, notice_id", "x.id, 'answered',
            CASE WHEN x.notice_id IS NULL THEN c.user_id END, x.notice_id, ?2, ?2
        FROM appeals a JOIN appeals x ON x.act_id = a.act_id AND x.decided_at = a.decided_at
                AND x.decided_by = a.decided_by AND (x.notice_id IS NULL) = (a.notice_id IS NULL)
            JOIN cases c ON c.id = x.case_id LEFT JOIN notices n ON n.id = x.notice_id
        WHERE a.id = ?1 AND a.decided_at = ?2 AND a.decided_by = ?3
            AND (x.notice_id IS NULL OR n.mail_language IS NOT NULL)");
    /// To the owners of the copies that the decision `?1` had withdrawn at `?2`.
    COPIES = queueing!("kind, user_id", "c.act_id, 'decided', c.user_id, ?2, ?2 FROM cases c
        WHERE c.copy_of = ?1 AND c.decided_at = ?2");
    /// To whoever told of one of them, and got a receipt.
    COPIES_NOTICES = queueing!("kind, notice_id", "c.act_id || '.' || n.rowid, 'notice_decided', n.id, ?2, ?2
        FROM cases c JOIN notices n ON n.case_id = c.id
        WHERE c.copy_of = ?1 AND c.decided_at = ?2 AND n.mail_language IS NOT NULL");
    INVITED = queueing!("kind, invitation_id, address, language", "?5, 'invitation', i.id, ?2, ?3, ?4, ?4
        FROM invitations i WHERE i.id = ?1");
    /// A report of an account that nobody knew has the address of its notice.
    DUE = "SELECT m.id, m.kind, m.notice_id, m.invitation_id, m.order_id, m.due_at, m.tries, i.ends_at,
            COALESCE(u.email, NULLIF(n.email, ''), r.email, o.email, m.address) AS address,
            COALESCE(u.language, n.mail_language, o.mail_language, m.language) AS language,
            m.invitation_id IS NULL OR (i.ends_at > ?1 AND i.used < i.uses) AS holds
        FROM mails m LEFT JOIN users u ON u.id = m.user_id LEFT JOIN notices n ON n.id = m.notice_id
            LEFT JOIN reports r ON r.id = m.notice_id LEFT JOIN authority_orders o ON o.id = m.order_id
            LEFT JOIN invitations i ON i.id = m.invitation_id
        WHERE m.due_at <= ?1 ORDER BY m.due_at, m.id LIMIT 20";
    /// Only as it was seen: whoever was faster sends it.
    TAKE = "UPDATE mails SET due_at = ?3, tries = tries + 1 WHERE id = ?1 AND due_at = ?2 RETURNING id";
    POSTPONE = "UPDATE mails SET due_at = ?2 WHERE id = ?1";
    DONE = "DELETE FROM mails WHERE id = ?1";
    STANDING = "SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest,
            (SELECT COALESCE(SUM(s.count), 0) FROM statistics s
                WHERE s.what = 'mail given up' AND s.day > ?1) AS given_up
        FROM mails";
}

/// The statements that queue the receipt of a notice, for the batch that keeps it:
/// `address` is a keyed hash of where it goes, `language` that of the page.
pub fn receipt(notice_id: &str, address: &str, language: &str, now_ms: i64) -> Vec<Statement> {
    let statements = [RECEIPT, COUNT_RECEIPT, NOTE_LANGUAGE];
    receipt_of(statements, notice_id, address, language, now_ms)
}

/// The statements that queue the receipt of an authority's order, for the batch that keeps
/// it, as [`receipt`] does.
pub fn order_receipt(order_id: &str, address: &str, language: &str, now_ms: i64) -> Vec<Statement> {
    let statements = [ORDER_RECEIPT, COUNT_ORDER_RECEIPT, NOTE_ORDER_LANGUAGE];
    receipt_of(statements, order_id, address, language, now_ms)
}

/// Queues a receipt of what has this id, counts it, and notes its language.
fn receipt_of(
    [queue, count, note_language]: [&'static str; 3],
    id: &str,
    address: &str,
    language: &str,
    now_ms: i64,
) -> Vec<Statement> {
    let of = |sql| Statement::new(sql).bind(id);
    let queue = of(queue)
        .bind(now_ms)
        .bind(address)
        .bind(now_ms - DAY_MS)
        .bind(RECEIPTS_PER_DAY)
        .bind(new_id());
    vec![
        queue,
        of(count).bind(address).bind(now_ms),
        of(note_language).bind(language),
    ]
}

/// The statement that queues that an order was answered, for the batch that does; `admin`
/// is the hash of who did.
pub fn order_answered(order_id: &str, admin: &str, now_ms: i64) -> Statement {
    Statement::new(ORDER_ANSWERED)
        .bind(order_id)
        .bind(now_ms)
        .bind(admin)
        .bind(new_id())
}

/// The statement that queues that an account is erased for what reports said, for the batch
/// that begins it by this act.
pub fn account_erased(case_id: &str, act_id: &str, now_ms: i64) -> Statement {
    let statement = Statement::new(ERASED_NOTICES).bind(case_id).bind(act_id);
    statement.bind(now_ms)
}

/// The statement that queues that a report was decided, for the batch that does.
pub fn report_decided(report_id: &str, now_ms: i64) -> Statement {
    let statement = Statement::new(REPORT_DECIDED).bind(report_id).bind(now_ms);
    statement.bind(new_id())
}

/// The statements that queue what is told of a decision, for the batch that decides.
pub fn decided(case_id: &str, act_id: &str, now_ms: i64) -> Vec<Statement> {
    let of_act = |sql| Statement::new(sql).bind(case_id).bind(act_id).bind(now_ms);
    vec![of_act(DECIDED), of_act(DECIDED_NOTICES)]
}

/// The statements that queue what is told of an answer to an appeal, and of what it takes
/// back, for the batch that answers; `admin` is the hash of who does.
pub fn answered(appeal_id: &str, admin: &str, now_ms: i64) -> Vec<Statement> {
    let of_appeal = |sql| Statement::new(sql).bind(appeal_id).bind(now_ms).bind(admin);
    [ANSWERED, RETURNED, RETURNED_NOTICES].map(of_appeal).into()
}

/// The statements that queue what is told of copies that a decision had withdrawn, for the
/// batch that withdraws them.
pub fn copies_decided(case_id: &str, now_ms: i64) -> Vec<Statement> {
    let of_case = |sql| Statement::new(sql).bind(case_id).bind(now_ms);
    vec![of_case(COPIES), of_case(COPIES_NOTICES)]
}

/// The statement that queues an invitation, for the batch that makes it.
pub fn invited(invitation_id: &str, address: &str, language: &str, now_ms: i64) -> Statement {
    Statement::new(INVITED)
        .bind(invitation_id)
        .bind(address)
        .bind(language)
        .bind(now_ms)
        .bind(new_id())
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// What a mail tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A notice has come.
    Receipt,
    /// It has been decided about a notice, to whoever sent it.
    NoticeDecided,
    /// It has been decided about a person's picture or account.
    Decided,
    /// A person's account is suspended.
    Suspended,
    /// An appeal has an answer.
    Answered,
    /// Somebody is invited.
    Invitation,
    /// An authority's order has come.
    OrderReceipt,
    /// It was answered.
    OrderAnswered,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] = [
        Kind::Receipt,
        Kind::NoticeDecided,
        Kind::Decided,
        Kind::Suspended,
        Kind::Answered,
        Kind::Invitation,
        Kind::OrderReceipt,
        Kind::OrderAnswered,
    ];

    /// The word of the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Receipt => "receipt",
            Kind::NoticeDecided => "notice_decided",
            Kind::Decided => "decided",
            Kind::Suspended => "suspended",
            Kind::Answered => "answered",
            Kind::Invitation => "invitation",
            Kind::OrderReceipt => "order_receipt",
            Kind::OrderAnswered => "order_answered",
        }
    }

    fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A mail that waits.
#[derive(Clone, Debug)]
pub struct Mail {
    /// What the mail is known by, however often it is tried.
    pub id: String,
    /// What it tells of.
    pub kind: Kind,
    /// The notice that it is about, whose sender it goes to.
    pub notice_id: Option<String>,
    /// The authority's order that it is about, whose sender it goes to.
    pub order_id: Option<String>,
    /// The invitation that it brings, and when that ends, Unix milliseconds.
    pub invitation: Option<(String, i64)>,
    /// Where it goes, as it was typed or as the provider said it.
    pub address: String,
    /// The code of the reader's language; empty where nobody said one.
    pub language: String,
    /// False for an invitation that opens nothing any more.
    pub holds: bool,
    /// How often it was tried.
    pub tries: u32,
    due_at_ms: i64,
}

impl Mail {
    fn from_row(row: &Row) -> Result<Mail, DbError> {
        let invitation = row.opt_text("invitation_id")?;
        Ok(Mail {
            id: row.text("id")?,
            kind: Kind::parse(&row.text("kind")?).ok_or(DbError::Shape)?,
            notice_id: row.opt_text("notice_id")?,
            order_id: row.opt_text("order_id")?,
            invitation: invitation.zip(row.opt_int("ends_at")?),
            address: row.text("address")?,
            language: row.text("language")?,
            holds: row.int("holds")? != 0,
            tries: u32::try_from(row.int("tries")?).unwrap_or(u32::MAX),
            due_at_ms: row.int("due_at")?,
        })
    }
}

/// Mails whose turn it is, twenty at most.
pub async fn due(db: &Db, now_ms: i64) -> Result<Vec<Mail>, DbError> {
    let rows = db.fetch_all(Statement::new(DUE).bind(now_ms)).await?;
    rows.iter().map(Mail::from_row).collect()
}

/// Takes a mail until this moment; false if another took it meanwhile, or it is gone.
pub async fn take(db: &Db, mail: &Mail, until_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(TAKE)
        .bind(mail.id.as_str())
        .bind(mail.due_at_ms)
        .bind(until_ms);
    Ok(!db.write(statement).await?.is_empty())
}

/// Has a mail wait until then.
pub async fn postpone(db: &Db, id: &str, until_ms: i64) -> Result<(), DbError> {
    let statement = Statement::new(POSTPONE).bind(id).bind(until_ms);
    db.write_repeatable(statement).await.map(|_| ())
}

/// Forgets a mail that was sent, or that nobody needs any more.
pub async fn done(db: &Db, id: &str) -> Result<(), DbError> {
    let statement = Statement::new(DONE).bind(id);
    db.write_repeatable(statement).await.map(|_| ())
}

/// How mail stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Mails that wait.
    pub waiting: u64,
    /// Unix milliseconds at which the oldest of them was queued.
    pub oldest_ms: Option<i64>,
    /// Mails that were given up during the last days.
    pub given_up: u64,
}

/// Reads how mail stands, on the day that began then.
pub(super) fn standing_statement(today_ms: i64) -> Statement {
    Statement::new(STANDING).bind(today_ms - MAIL_FAILURES_SHOWN_MS)
}

impl Standing {
    /// What [`standing_statement`] read.
    pub(super) fn from_rows(rows: &[Row]) -> Result<Standing, DbError> {
        let row = rows.first().ok_or(DbError::Shape)?;
        Ok(Standing {
            waiting: row.int("waiting")?.unsigned_abs(),
            oldest_ms: row.opt_int("oldest")?,
            given_up: row.int("given_up")?.unsigned_abs(),
        })
    }
}

/// How mail stands, by itself.
pub async fn standing(db: &Db, today_ms: i64) -> Result<Standing, DbError> {
    Standing::from_rows(&db.fetch_all(standing_statement(today_ms)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        assert!(STANDING.contains(&format!("'{GIVEN_UP}'")));
    }

    #[tokio::test]
    async fn of_two_that_take_a_mail_one_has_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = Db::open(&folder.path().join("test.db"))
            .await
            .expect("opens");
        let rows = [
            "INSERT INTO users (id, issuer, subject, email, name, created_at, last_sign_in_at)
                VALUES ('u', 'i', 's', 'a@example.com', 'Ada', 1, 1)",
            "INSERT INTO mails (id, kind, user_id, created_at, due_at) VALUES ('m', 'suspended', 'u', 10, 10)",
        ];
        for sql in rows {
            db.write(Statement::new(sql)).await.expect(sql);
        }
        assert!(due(&db, 9).await.expect("read").is_empty());
        let found = due(&db, 10).await.expect("read");
        let [mail] = &found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(
            (mail.kind, mail.address.as_str()),
            (Kind::Suspended, "a@example.com")
        );
        assert_eq!(take(&db, mail, 50).await, Ok(true));
        assert_eq!(take(&db, mail, 60).await, Ok(false), "another was faster");
        assert!(due(&db, 49).await.expect("read").is_empty());
        postpone(&db, &mail.id, 20).await.expect("postponed");
        let again = due(&db, 20).await.expect("read").remove(0);
        assert_eq!((again.tries, &again.id), (1, &mail.id));
        let stands = standing(&db, 0).await.expect("read");
        assert_eq!((stands.waiting, stands.oldest_ms), (1, Some(10)));
        done(&db, &mail.id).await.expect("done");
        assert_eq!(standing(&db, 0).await, Ok(Standing::default()));
    }
}
