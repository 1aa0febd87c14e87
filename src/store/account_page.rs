//! What a person's account page shows, read in one trip.

use super::{
    Db, DbError,
    reads::Reads,
    sessions::{self, Session, SignInRecord},
    users::{self, Account},
};

/// The rows of the page.
pub struct Rows {
    /// The account.
    pub account: Account,
    /// The person's live sessions, the one used last first.
    pub sessions: Vec<Session>,
    /// Their sign-ins, newest first.
    pub sign_ins: Vec<SignInRecord>,
}

/// Reads the page of this person, with so many of their sign-ins.
pub async fn read(
    db: &Db,
    user_id: &str,
    sign_ins: u32,
    now_ms: i64,
) -> Result<Option<Rows>, DbError> {
    let mut reads = Reads::default();
    let account = reads.add(users::account_statement(user_id));
    let live = reads.add(sessions::of_user_statement(user_id, now_ms));
    let records = reads.add(sessions::records_statement(user_id, sign_ins));
    let answers = reads.answers(db).await?;
    let Some(account) = answers.first(account) else {
        return Ok(None);
    };
    Ok(Some(Rows {
        account: Account::from_row(account)?,
        sessions: sessions::list(answers.rows(live))?,
        sign_ins: sessions::records_list(answers.rows(records))?,
    }))
}
