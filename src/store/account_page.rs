//! What a person's account page shows, read in one trip.

use super::{
    Db, DbError, cases,
    invitations::{self, Invitation},
    makers::{self, Entry},
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
    /// The invitation by which the account was opened.
    pub invited_by: Option<Invitation>,
    /// Invitations that the person made, the newest first.
    pub invitations: Vec<Invitation>,
    /// True if there are decisions about their pictures or account.
    pub decisions: bool,
    /// Whose pictures lists leave out for them.
    pub hidden: Vec<Entry>,
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
    let invited_by = reads.add(invitations::used_by_statement(user_id));
    let decisions = reads.add(cases::any_of_user_statement(user_id));
    let made = reads.add(invitations::made_by_statement(user_id));
    let hidden = reads.add(makers::hides_statement(user_id));
    let answers = reads.answers(db).await?;
    let Some(account) = answers.first(account) else {
        return Ok(None);
    };
    Ok(Some(Rows {
        account: Account::from_row(account)?,
        sessions: sessions::list(answers.rows(live))?,
        sign_ins: sessions::records_list(answers.rows(records))?,
        invited_by: Invitation::list(answers.rows(invited_by))?.pop(),
        invitations: Invitation::list(answers.rows(made))?,
        decisions: answers.first(decisions).is_some(),
        hidden: makers::hides_of(answers.rows(hidden))?,
    }))
}
