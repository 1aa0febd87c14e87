//! Invitations: made, listed, taken back, and used by whoever opens an account
//! with one. Their tokens are stored as hashes.

use super::{
    Db, DbError, Row, Statement,
    reports::Act,
    users::{IdentityClaims, User},
};
use crate::model::limits::INVITATIONS_MAX;

/// What is shown of an invitation, with the name of whoever made it.
macro_rules! invitations {
    () => {
        "SELECT i.id, i.token_hash, i.note, i.created_at, i.ends_at, i.revoked_at, i.uses, i.used,
            m.name AS maker
        FROM invitations i LEFT JOIN users m ON m.id = i.user_id"
    };
}

statements! {
    /// Unless `?8` hold already.
    MAKE = "INSERT INTO invitations (id, token_hash, user_id, note, created_at, ends_at, uses)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
        WHERE (SELECT COUNT(*) FROM invitations WHERE ends_at > ?5 AND used < uses) < ?8
        RETURNING id";
    /// Of an invitation (`?7`) that holds at the moment of the act, and of no other.
    ACT = "INSERT INTO admin_acts (id, at, admin, act, subject, reason)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE EXISTS (SELECT 1 FROM invitations WHERE id = ?7 AND ends_at > ?2)";
    REVOKE = "UPDATE invitations SET ends_at = ?2, revoked_at = ?2 WHERE id = ?1 AND ends_at > ?2
        RETURNING id";
    REVOKE_ALL = "UPDATE invitations SET ends_at = ?1, revoked_at = ?1 WHERE ends_at > ?1 RETURNING id";
    /// Those that hold before any other; the newest of them first.
    LIST = concat!("SELECT * FROM (", invitations!(), " ORDER BY i.used < i.uses DESC, i.ends_at DESC
        LIMIT ?1) ORDER BY created_at DESC, id DESC");
    OF_TOKEN = concat!(invitations!(), " WHERE i.token_hash = ?1");
    USED_BY = concat!(invitations!(), " JOIN invitation_uses x ON x.invitation_id = i.id WHERE x.user_id = ?1");
    MADE_BY = concat!(invitations!(), " WHERE i.user_id = ?1 ORDER BY i.created_at DESC, i.id DESC LIMIT 200");
    /// Whoever has an account gets in by it. An account is opened only with an
    /// invitation that holds and has not opened as many as it may: this statement
    /// decides, so that one use is one account however many come at once.
    ADMIT = "INSERT INTO users
            (id, issuer, subject, email, email_assumed, name, language, created_at, last_sign_in_at)
        SELECT ?1, ?2, ?3, ?4, ?8, ?5, ?7, ?6, ?6
        WHERE EXISTS (SELECT 1 FROM users WHERE issuer = ?2 AND subject = ?3)
            OR EXISTS (SELECT 1 FROM invitations WHERE token_hash = ?9 AND ends_at > ?6 AND used < uses)
        ON CONFLICT (issuer, subject) DO UPDATE SET email = ?4, email_assumed = ?8, last_sign_in_at = ?6
        RETURNING id, name, avatar_key, draft, age_stated_at, age_stated_min, language, keeps_private,
            erasure_id, suspended_until, sees_sensitive, NULL AS hidden";
    /// Once for the account that the statement before has opened, and never for
    /// one that was there.
    COUNT_USE = "UPDATE invitations SET used = used + 1
        WHERE token_hash = ?1 AND EXISTS (SELECT 1 FROM users WHERE id = ?2)
            AND NOT EXISTS (SELECT 1 FROM invitation_uses WHERE user_id = ?2)";
    NOTE_USE = "INSERT INTO invitation_uses (user_id, invitation_id, used_at)
        SELECT u.id, i.id, ?3 FROM users u, invitations i WHERE u.id = ?2 AND i.token_hash = ?1
        ON CONFLICT (user_id) DO NOTHING";
}

/// How an invitation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It opens accounts.
    Open,
    /// Its time is over.
    Ended,
    /// Somebody took it back.
    Revoked,
    /// It has opened as many accounts as it was for.
    UsedUp,
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// UUIDv7 text.
    pub id: String,
    /// SHA-256 of the link's token, hex.
    pub token_hash: String,
    /// What it is for, in the words of whoever made it.
    pub note: String,
    /// The name of the administrator who made it; `None` for the command line.
    pub maker: Option<String>,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Unix milliseconds of its end, the one it was given or the one it found.
    pub ends_at_ms: i64,
    /// True if somebody took it back.
    pub revoked: bool,
    /// The number of accounts it opens.
    pub uses: u32,
    /// The number of accounts it has opened.
    pub used: u32,
}

impl Invitation {
    fn from_row(row: &Row) -> Result<Invitation, DbError> {
        let count = |name| row.int(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Ok(Invitation {
            id: row.text("id")?,
            token_hash: row.text("token_hash")?,
            note: row.text("note")?,
            maker: row.opt_text("maker")?,
            created_at_ms: row.int("created_at")?,
            ends_at_ms: row.int("ends_at")?,
            revoked: row.opt_int("revoked_at")?.is_some(),
            uses: count("uses")?,
            used: count("used")?,
        })
    }

    /// The invitations of these rows.
    pub(super) fn list(rows: &[Row]) -> Result<Vec<Invitation>, DbError> {
        rows.iter().map(Invitation::from_row).collect()
    }

    /// How it stands at this moment.
    pub fn standing(&self, now_ms: i64) -> Standing {
        if self.revoked {
            Standing::Revoked
        } else if self.used >= self.uses {
            Standing::UsedUp
        } else if self.ends_at_ms <= now_ms {
            Standing::Ended
        } else {
            Standing::Open
        }
    }
}

/// An invitation to be made.
pub struct NewInvitation<'a> {
    /// UUIDv7 text.
    pub id: &'a str,
    /// SHA-256 of the link's token, hex.
    pub token_hash: &'a str,
    /// The id of the administrator; `None` for the command line.
    pub maker: Option<&'a str>,
    /// What it is for.
    pub note: &'a str,
    /// Unix milliseconds.
    pub created_at_ms: i64,
    /// Unix milliseconds.
    pub ends_at_ms: i64,
    /// The number of accounts it opens.
    pub uses: u32,
}

/// Makes an invitation and notes who did; false if as many hold as may. `mails` queues
/// what is told of it.
pub async fn make(
    db: &Db,
    new: &NewInvitation<'_>,
    act: Option<(&str, &Act)>,
    mails: Vec<Statement>,
) -> Result<bool, DbError> {
    let make = Statement::new(MAKE)
        .bind(new.id)
        .bind(new.token_hash)
        .bind(new.maker)
        .bind(new.note)
        .bind(new.created_at_ms)
        .bind(new.ends_at_ms)
        .bind(new.uses)
        .bind(INVITATIONS_MAX);
    let act = act.map(|(id, act)| act_statement(id, act, new.id));
    let batch = std::iter::once(make).chain(act).chain(mails).collect();
    let results = db.batch(batch).await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}

/// Takes an invitation back and notes who did; false if none of this id holds.
pub async fn revoke(
    db: &Db,
    id: &str,
    act: Option<(&str, &Act)>,
    now_ms: i64,
) -> Result<bool, DbError> {
    let revoke = Statement::new(REVOKE).bind(id).bind(now_ms);
    // First, while the invitation still holds.
    let act = act.map(|(act_id, act)| act_statement(act_id, act, id));
    let batch = act.into_iter().chain([revoke]).collect();
    let results = db.batch(batch).await?;
    Ok(results.last().is_some_and(|rows| !rows.is_empty()))
}

fn act_statement(id: &str, act: &Act, invitation: &str) -> Statement {
    Statement::new(ACT)
        .bind(id)
        .bind(act.at_ms)
        .bind(act.admin.as_str())
        .bind(act.act.as_str())
        .bind(act.subject.as_str())
        .bind(act.reason.as_str())
        .bind(invitation)
}

/// Takes back every invitation that holds; their number.
pub async fn revoke_all(db: &Db, now_ms: i64) -> Result<usize, DbError> {
    let statement = Statement::new(REVOKE_ALL).bind(now_ms);
    Ok(db.write_repeatable(statement).await?.len())
}

/// Reads the invitations, the newest first: all that hold, and of the others as many
/// as there is room for beside them.
pub(super) fn list_statement() -> Statement {
    Statement::new(LIST).bind(INVITATIONS_MAX)
}

/// The invitations, the newest first: all that hold, and of the others as many as there
/// is room for beside them.
pub async fn list(db: &Db) -> Result<Vec<Invitation>, DbError> {
    Invitation::list(&db.fetch_all(list_statement()).await?)
}

/// The invitation whose token has this hash.
pub async fn of_token(db: &Db, token_hash: &str) -> Result<Option<Invitation>, DbError> {
    let statement = Statement::new(OF_TOKEN).bind(token_hash);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Invitation::from_row).transpose()
}

/// Reads the invitation by which a person's account was opened.
pub(super) fn used_by_statement(user_id: &str) -> Statement {
    Statement::new(USED_BY).bind(user_id)
}

/// Reads the last 200 invitations that a person made.
pub(super) fn made_by_statement(user_id: &str) -> Statement {
    Statement::new(MADE_BY).bind(user_id)
}

/// The person of this identity, if they have an account; else a new one with
/// `new_id` and the code of their language, where the invitation whose token has
/// this hash opens one. `None` for whoever has neither: nothing is written then.
pub async fn admit(
    db: &Db,
    new_id: &str,
    identity: &IdentityClaims<'_>,
    language: &str,
    token_hash: Option<&str>,
    now_ms: i64,
) -> Result<Option<User>, DbError> {
    let admit = identity
        .bound(Statement::new(ADMIT), new_id, language, now_ms)
        .bind(token_hash);
    let mut batch = vec![admit];
    if let Some(hash) = token_hash {
        batch.push(Statement::new(COUNT_USE).bind(hash).bind(new_id));
        batch.push(
            Statement::new(NOTE_USE)
                .bind(hash)
                .bind(new_id)
                .bind(now_ms),
        );
    }
    let results = db.batch(batch).await?;
    let row = results.first().and_then(|rows| rows.first());
    row.map(User::from_row).transpose()
}
