//! Sessions, and the sign-ins that lead to them. Tokens are stored as hashes.

use super::{Db, DbError, Row, Statement, users::User};
use crate::model::limits::{
    MINUTE_MS, PENDING_SIGN_IN_MS, SESSION_IDLE_MS, SESSION_MS, SIGN_INS_MAX, SIGN_INS_PER_BROWSER,
    STRANGERS_DRAFTS_BYTES,
};

statements! {
    CREATE = "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent)
        VALUES (?1, ?2, ?3, ?3, ?4, ?5)";
    /// With the person's unfinished jobs, which every page tells of, and whom lists leave
    /// out for them.
    FIND = "SELECT u.id, u.name, u.avatar_key, u.draft, u.age_stated_at, u.age_stated_min, u.language,
            u.keeps_private, u.erasure_id, u.suspended_until, u.sees_sensitive, s.last_seen_at, s.created_at,
            (SELECT json_group_array(h.maker_id) FROM hidden_makers h WHERE h.user_id = u.id) AS hidden,
            (SELECT COUNT(DISTINCT COALESCE(j.group_id, j.id)) FROM jobs j WHERE j.user_id = u.id
               AND j.state IN ('queued', 'dispatching', 'received', 'stored')) AS active_jobs
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND s.last_seen_at > ?3";
    TOUCH = "UPDATE sessions SET last_seen_at = ?2 WHERE token_hash = ?1";
    END = "DELETE FROM sessions WHERE token_hash = ?1";
    OF_USER = "SELECT token_hash, user_agent, created_at, last_seen_at FROM sessions
        WHERE user_id = ?1 AND expires_at > ?2 AND last_seen_at > ?3
        ORDER BY last_seen_at DESC, created_at DESC";
    END_OF_USER = "DELETE FROM sessions WHERE token_hash = ?1 AND user_id = ?2 RETURNING user_id";
    /// Of the provider's person, begun at `?3` or before.
    END_OF_SUBJECT = "DELETE FROM sessions WHERE created_at <= ?3 AND user_id =
        (SELECT id FROM users WHERE issuer = ?1 AND subject = ?2) RETURNING 1";
    END_EVERYBODYS = "DELETE FROM sessions";
    END_ALL = "DELETE FROM sessions WHERE user_id = ?1";
    /// A draft takes the place of the browser's earlier one. An invitation is taken over
    /// from the browser's own row, where one waits.
    SIGN_IN_START = "INSERT INTO sign_ins
            (token_hash, browser, state, nonce, pkce_verifier, next, draft, expires_at, invitation)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, COALESCE(?9,
            (SELECT invitation FROM sign_ins WHERE token_hash = ?2 AND expires_at > ?10)))
        ON CONFLICT (token_hash) DO UPDATE SET browser = ?2, next = ?6, draft = ?7, expires_at = ?8,
            invitation = excluded.invitation";
    /// An invitation waits in the browser's own row, so that a sign-in that fails does
    /// not lose it.
    SIGN_IN_INVITATION_WAITS = "INSERT INTO sign_ins (token_hash, browser, next, expires_at, invitation)
        VALUES (?1, ?1, ?2, ?3, ?4)
        ON CONFLICT (token_hash) DO UPDATE SET expires_at = ?3, invitation = ?4,
            draft = CASE WHEN expires_at > ?5 THEN draft END";
    /// All but the browser's `?2` newest that were sent to the provider.
    SIGN_INS_CROWD = "DELETE FROM sign_ins WHERE browser = ?1 AND state IS NOT NULL AND token_hash NOT IN
        (SELECT token_hash FROM sign_ins WHERE browser = ?1 AND state IS NOT NULL
         ORDER BY expires_at DESC, rowid DESC LIMIT ?2)";
    /// What waits does so as long as the sign-in that it waits for.
    SIGN_IN_DRAFT_WAITS = "UPDATE sign_ins SET expires_at = ?3
        WHERE token_hash = ?1 AND state IS NULL AND expires_at > ?2";
    SIGN_INS_LEFT = "SELECT count(*) AS n FROM sign_ins WHERE browser = ?1 AND expires_at > ?2";
    /// Strangers make these rows: beyond `?1` of them the oldest go.
    SIGN_INS_BOUND = "DELETE FROM sign_ins WHERE token_hash IN
        (SELECT token_hash FROM sign_ins ORDER BY expires_at DESC, token_hash DESC LIMIT -1 OFFSET ?1)";
    /// The oldest forms beyond `?1` bytes together; their sign-ins go on.
    SIGN_IN_DRAFTS_BOUND = "UPDATE sign_ins SET draft = NULL WHERE token_hash IN
        (SELECT token_hash FROM
            (SELECT token_hash, SUM(octet_length(draft)) OVER (ORDER BY expires_at DESC, token_hash DESC) AS bytes
            FROM sign_ins WHERE draft IS NOT NULL)
        WHERE bytes > ?1)";
    /// Single use: reading is deleting, so a replayed callback finds nothing.
    SIGN_IN_TAKE = "DELETE FROM sign_ins WHERE token_hash = ?1 AND expires_at > ?2
        RETURNING state, nonce, pkce_verifier, next, draft, invitation";
    /// All of a browser's, with what was typed there.
    SIGN_INS_FORGET = "DELETE FROM sign_ins WHERE browser = ?1";
    RECORD = "INSERT INTO sign_in_records (id, user_id, at, user_agent, address)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    RECORDS = "SELECT at, user_agent, address FROM sign_in_records WHERE user_id = ?1
        ORDER BY at DESC, id DESC LIMIT ?2";
}

/// A visit is recorded at most this often, so that reading pages does not write.
const TOUCH_EVERY_MS: i64 = 10 * MINUTE_MS;

/// Opens a session.
pub async fn create(
    db: &Db,
    token_hash: &str,
    user_id: &str,
    user_agent: &str,
    now_ms: i64,
) -> Result<(), DbError> {
    let statement = Statement::new(CREATE)
        .bind(token_hash)
        .bind(user_id)
        .bind(now_ms)
        .bind(now_ms + SESSION_MS)
        .bind(user_agent);
    db.write(statement).await.map(|_| ())
}

/// Somebody signed in.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The person, as the server works with them.
    pub user: User,
    /// Unix milliseconds of the sign-in.
    pub since_ms: i64,
    /// Number of the person's unfinished jobs.
    pub active_jobs: u32,
}

/// A statement about a live session: its first parameters are the hash of its
/// token, the time, and when it must have been seen last.
pub(super) fn statement_of(sql: &'static str, token_hash: &str, now_ms: i64) -> Statement {
    Statement::new(sql)
        .bind(token_hash)
        .bind(now_ms)
        .bind(now_ms - SESSION_IDLE_MS)
}

/// The person whose live session this is.
pub async fn find(db: &Db, token_hash: &str, now_ms: i64) -> Result<Option<Visit>, DbError> {
    let statement = statement_of(FIND, token_hash, now_ms);
    let Some(row) = db.fetch_optional(statement).await? else {
        return Ok(None);
    };
    if row.int("last_seen_at")? < now_ms - TOUCH_EVERY_MS {
        db.write_repeatable(Statement::new(TOUCH).bind(token_hash).bind(now_ms))
            .await?;
    }
    Ok(Some(Visit {
        user: User::from_row(&row)?,
        since_ms: row.int("created_at")?,
        active_jobs: u32::try_from(row.int("active_jobs")?).unwrap_or(u32::MAX),
    }))
}

/// Ends one session.
pub async fn end(db: &Db, token_hash: &str) -> Result<(), DbError> {
    db.write_repeatable(Statement::new(END).bind(token_hash))
        .await
        .map(|_| ())
}

/// A session, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The hash of its token: it names the session and opens nothing.
    pub id: String,
    /// The browser's `User-Agent`, at most 200 characters.
    pub user_agent: String,
    /// Unix milliseconds of the sign-in.
    pub created_at_ms: i64,
    /// Unix milliseconds, exact to ten minutes.
    pub last_seen_at_ms: i64,
}

/// Reads the person's live sessions, the one used last first.
pub(super) fn of_user_statement(user_id: &str, now_ms: i64) -> Statement {
    Statement::new(OF_USER)
        .bind(user_id)
        .bind(now_ms)
        .bind(now_ms - SESSION_IDLE_MS)
}

/// The sessions that [`of_user_statement`] reads.
pub(super) fn list(rows: &[Row]) -> Result<Vec<Session>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(Session {
                id: row.text("token_hash")?,
                user_agent: row.text("user_agent")?,
                created_at_ms: row.int("created_at")?,
                last_seen_at_ms: row.int("last_seen_at")?,
            })
        })
        .collect()
}

/// Ends a session of this person; false if there was none.
pub async fn end_of_user(db: &Db, user_id: &str, id: &str) -> Result<bool, DbError> {
    let statement = Statement::new(END_OF_USER).bind(id).bind(user_id);
    db.write(statement).await.map(|rows| !rows.is_empty())
}

/// Ends the sessions of a provider's person that began at `before_ms` or
/// earlier; returns their number.
pub async fn end_of_subject(
    db: &Db,
    issuer: &str,
    subject: &str,
    before_ms: i64,
) -> Result<usize, DbError> {
    let statement = Statement::new(END_OF_SUBJECT)
        .bind(issuer)
        .bind(subject)
        .bind(before_ms);
    Ok(db.write_repeatable(statement).await?.len())
}

/// Ends every session there is.
pub async fn end_everybodys(db: &Db) -> Result<(), DbError> {
    db.write_repeatable(Statement::new(END_EVERYBODYS))
        .await
        .map(|_| ())
}

/// Ends every session of a person.
pub async fn end_all(db: &Db, user_id: &str) -> Result<(), DbError> {
    db.write_repeatable(Statement::new(END_ALL).bind(user_id))
        .await
        .map(|_| ())
}

/// A sign-in under way.
#[derive(Clone, Debug, Default)]
pub struct PendingSignIn {
    /// The OAuth `state` the callback must bring; `None` until the provider is asked.
    pub state: Option<String>,
    /// The nonce the id_token must hold; `None` until the provider is asked.
    pub nonce: Option<String>,
    /// The PKCE verifier that the exchange of the code sends; `None` until the provider is asked.
    pub pkce_verifier: Option<String>,
    /// The address to go to afterwards, one of ours.
    pub next: String,
    /// The composer's unfinished form, JSON: of a stranger, before they sign in.
    pub draft: Option<String>,
    /// SHA-256 of the token of the invitation that it or a sign-in of the same browser
    /// before it was begun with, hex.
    pub invitation: Option<String>,
}

/// Remembers a sign-in of a browser for ten minutes, and whatever was typed there or
/// an invitation that it brought with it. As strangers can have this written as often
/// as they like, it makes room for itself where there is too much.
pub async fn start_sign_in(
    db: &Db,
    token_hash: &str,
    browser: &str,
    sign_in: &PendingSignIn,
    now_ms: i64,
) -> Result<(), DbError> {
    let until_ms = now_ms + PENDING_SIGN_IN_MS;
    let start = Statement::new(SIGN_IN_START)
        .bind(token_hash)
        .bind(browser)
        .bind(sign_in.state.clone())
        .bind(sign_in.nonce.clone())
        .bind(sign_in.pkce_verifier.clone())
        .bind(sign_in.next.as_str())
        .bind(sign_in.draft.clone())
        .bind(until_ms)
        .bind(sign_in.invitation.clone())
        .bind(now_ms);
    let crowd = Statement::new(SIGN_INS_CROWD)
        .bind(browser)
        .bind(SIGN_INS_PER_BROWSER);
    let draft = Statement::new(SIGN_IN_DRAFT_WAITS)
        .bind(browser)
        .bind(now_ms)
        .bind(until_ms);
    let bound = Statement::new(SIGN_INS_BOUND).bind(SIGN_INS_MAX);
    let mut batch = vec![start, crowd, draft, bound];
    if let Some(invitation) = &sign_in.invitation {
        let waits = Statement::new(SIGN_IN_INVITATION_WAITS)
            .bind(browser)
            .bind(sign_in.next.as_str())
            .bind(until_ms)
            .bind(invitation.as_str())
            .bind(now_ms);
        // Before there is made room, so that this row counts.
        batch.insert(1, waits);
    }
    if sign_in.draft.is_some() {
        batch.push(Statement::new(SIGN_IN_DRAFTS_BOUND).bind(STRANGERS_DRAFTS_BYTES));
    }
    db.batch(batch).await.map(|_| ())
}

/// True if this browser has a sign-in under way, or words that wait for one.
pub async fn has_sign_ins(db: &Db, browser: &str, now_ms: i64) -> Result<bool, DbError> {
    let statement = Statement::new(SIGN_INS_LEFT).bind(browser).bind(now_ms);
    let row = db.fetch_optional(statement).await?;
    row.map_or(Ok(false), |row| Ok(row.int("n")? > 0))
}

/// Takes a sign-in away: the same token finds nothing the second time.
pub async fn take_sign_in(
    db: &Db,
    token_hash: &str,
    now_ms: i64,
) -> Result<Option<PendingSignIn>, DbError> {
    let rows = db
        .write(Statement::new(SIGN_IN_TAKE).bind(token_hash).bind(now_ms))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(PendingSignIn {
        state: row.opt_text("state")?,
        nonce: row.opt_text("nonce")?,
        pkce_verifier: row.opt_text("pkce_verifier")?,
        next: row.text("next")?,
        draft: row.opt_text("draft")?,
        invitation: row.opt_text("invitation")?,
    }))
}

/// Forgets every sign-in of a browser, and the words that wait for one.
pub async fn forget_sign_ins(db: &Db, browser: &str) -> Result<(), DbError> {
    let statement = Statement::new(SIGN_INS_FORGET).bind(browser);
    db.write_repeatable(statement).await.map(|_| ())
}

/// A sign-in that was.
#[derive(Clone, Debug)]
pub struct SignInRecord {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The browser's `User-Agent`, at most 200 characters.
    pub user_agent: String,
    /// The network address, whole or shortened.
    pub address: String,
}

/// Notes a sign-in.
pub async fn record(
    db: &Db,
    id: &str,
    user_id: &str,
    record: &SignInRecord,
) -> Result<(), DbError> {
    let statement = Statement::new(RECORD)
        .bind(id)
        .bind(user_id)
        .bind(record.at_ms)
        .bind(record.user_agent.as_str())
        .bind(record.address.as_str());
    db.write(statement).await.map(|_| ())
}

/// Reads the person's sign-ins, newest first.
pub(super) fn records_statement(user_id: &str, limit: u32) -> Statement {
    Statement::new(RECORDS).bind(user_id).bind(limit)
}

/// The sign-ins that [`records_statement`] reads.
pub(super) fn records_list(rows: &[Row]) -> Result<Vec<SignInRecord>, DbError> {
    rows.iter()
        .map(|row| {
            Ok(SignInRecord {
                at_ms: row.int("at")?,
                user_agent: row.text("user_agent")?,
                address: row.text("address")?,
            })
        })
        .collect()
}
