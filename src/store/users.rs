//! People: found by (issuer, subject), corrected and forgotten by id.

use super::{Db, DbError, Row, Statement};
use crate::model::limits::GROWN_UP_YEARS;

statements! {
    /// The name is the person's to correct, so a later sign-in leaves it alone.
    UPSERT = "INSERT INTO users
            (id, issuer, subject, email, email_assumed, name, language, created_at, last_sign_in_at)
        VALUES (?1, ?2, ?3, ?4, ?8, ?5, ?7, ?6, ?6)
        ON CONFLICT (issuer, subject) DO UPDATE SET email = ?4, email_assumed = ?8, last_sign_in_at = ?6
        RETURNING id, name, avatar_key, draft, age_stated_at, age_stated_min, language, keeps_private,
            erasure_id, suspended_until, sees_sensitive, NULL AS hidden";
    IS_KNOWN = "SELECT 1 AS yes FROM users WHERE issuer = ?1 AND subject = ?2";
    SET_AVATAR = "UPDATE users SET avatar_key = ?2 WHERE id = ?1";
    SET_DRAFT = "UPDATE users SET draft = ?2 WHERE id = ?1";
    SET_NAME = "UPDATE users SET name = ?2 WHERE id = ?1";
    SET_LANGUAGE = "UPDATE users SET language = ?2 WHERE id = ?1";
    /// The choice for pictures to come, and for those that are there.
    SET_SHOWS_PROMPTS = "UPDATE users SET shows_prompts = ?2 WHERE id = ?1";
    SET_IMAGES_SHOW = "UPDATE images SET shows_prompt = ?2 WHERE user_id = ?1 AND shows_prompt <> ?2";
    SET_SEES_SENSITIVE = "UPDATE users SET sees_sensitive = ?2 WHERE id = ?1";
    SET_KEEPS_PRIVATE = "UPDATE users SET keeps_private = ?2 WHERE id = ?1";
    /// An objection takes down what is public already.
    TAKE_DOWN = "UPDATE images SET public_key = NULL, published_at = NULL
        WHERE user_id = ?1 AND public_key IS NOT NULL
          AND EXISTS (SELECT 1 FROM users u WHERE u.id = ?1 AND u.keeps_private = 1)";
    ACCOUNT = "SELECT name, handle, email, email_assumed, issuer, subject, language, age_stated_at, age_stated_min,
            created_at, last_sign_in_at, shows_prompts, keeps_private, sees_sensitive,
            profile_wanted, profile_picture, profile_text, profile_off_by,
            COALESCE((SELECT s.pictures FROM library_sums s
                WHERE s.user_id = users.id AND s.kind = 'kept' AND s.id = ''), 0) AS pictures,
            COALESCE((SELECT s.pictures FROM library_sums s
                WHERE s.user_id = users.id AND s.kind = 'public' AND s.id = ''), 0) AS published,
            (SELECT COUNT(*) FROM images i INDEXED BY images_unlisted_of_user
                WHERE i.user_id = users.id AND i.unlisted_key IS NOT NULL) AS unlisted
        FROM users WHERE id = ?1";
    STATE_AGE = "UPDATE users SET age_stated_at = ?2, age_stated_min = ?3
        WHERE id = ?1 AND (age_stated_at IS NULL OR age_stated_min < ?3)";
    BY_ID = "SELECT id, name, avatar_key, draft, age_stated_at, age_stated_min, language, keeps_private,
            erasure_id, suspended_until, sees_sensitive, NULL AS hidden
        FROM users WHERE id = ?1";
    /// What an erased account was suspended for holds for the one that follows.
    SUSPEND_AGAIN = "UPDATE users SET suspended_until = (SELECT s.until FROM suspended_sign_ins s WHERE s.person = ?2)
        WHERE id = ?1 AND suspended_until IS NULL
          AND EXISTS (SELECT 1 FROM suspended_sign_ins s WHERE s.person = ?2 AND s.until > ?3)
        RETURNING suspended_until";
}

/// A person, as the server works with them.
#[derive(Clone, Debug)]
pub struct User {
    /// UUIDv7 text.
    pub id: String,
    /// The name to show: the provider's at first, then the person's to correct.
    pub name: String,
    /// The picture's path in the object store.
    pub avatar_key: Option<String>,
    /// The composer's unfinished form, JSON.
    pub draft: Option<String>,
    /// The minimum age the person stated to have reached, in years.
    pub age_stated_min: Option<u32>,
    /// The code of the language they signed up in.
    pub language: Option<String>,
    /// True if they object to anything of theirs being in the gallery.
    pub keeps_private: bool,
    /// Id of the erasure under way, while the account is being closed.
    pub erasure_id: Option<String>,
    /// Ids of the people whose pictures lists leave out for them; only of who is signed in.
    hidden: Vec<String>,
    /// True if they chose to see sensitive pictures in lists; see [`User::sees_sensitive`].
    chose_sensitive: bool,
    /// Until when nothing may be made or published, Unix milliseconds; see
    /// [`User::suspended_until`].
    suspended_until_ms: Option<i64>,
}

impl User {
    pub(super) fn from_row(row: &Row) -> Result<User, DbError> {
        let stated = row.opt_int("age_stated_at")?.is_some();
        let min = row.opt_int("age_stated_min")?;
        Ok(User {
            id: row.text("id")?,
            name: row.text("name")?,
            avatar_key: row.opt_text("avatar_key")?,
            draft: row.opt_text("draft")?,
            age_stated_min: min.filter(|_| stated).and_then(|m| u32::try_from(m).ok()),
            language: row.opt_text("language")?,
            keeps_private: row.int("keeps_private")? != 0,
            erasure_id: row.opt_text("erasure_id")?,
            hidden: match row.opt_text("hidden")? {
                Some(_) => row.json("hidden")?,
                None => Vec::new(),
            },
            chose_sensitive: row.int("sees_sensitive")? != 0,
            suspended_until_ms: row.opt_int("suspended_until")?,
        })
    }

    /// Whether they do not want to see this person's pictures in lists.
    pub fn hides(&self, maker_id: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == maker_id)
    }

    /// Whether sensitive pictures are shown to them in lists as they are: to somebody who
    /// said to be grown up, and chose so.
    pub fn sees_sensitive(&self) -> bool {
        self.chose_sensitive
            && self
                .age_stated_min
                .is_some_and(|years| years >= GROWN_UP_YEARS)
    }

    /// The end of the person's suspension, Unix milliseconds, if they are suspended now.
    pub fn suspended_until(&self, now_ms: i64) -> Option<i64> {
        self.suspended_until_ms
            .filter(|until_ms| *until_ms > now_ms)
    }
}

/// The claims an identity provider vouched for.
pub struct IdentityClaims<'a> {
    /// The provider: the id_token's `iss`.
    pub issuer: &'a str,
    /// The person's id at the provider: the id_token's `sub`.
    pub subject: &'a str,
    /// An e-mail address.
    pub email: &'a str,
    /// True if nobody said that the address is verified.
    pub email_assumed: bool,
    /// A name to begin with.
    pub name: &'a str,
}

impl IdentityClaims<'_> {
    /// The first eight values of a statement that finds this identity's person, or
    /// makes their account with `new_id` and the code of their language.
    pub(super) fn bound(
        &self,
        statement: Statement,
        new_id: &str,
        language: &str,
        now_ms: i64,
    ) -> Statement {
        statement
            .bind(new_id)
            .bind(self.issuer)
            .bind(self.subject)
            .bind(self.email)
            .bind(self.name)
            .bind(now_ms)
            .bind(language)
            .bind(i64::from(self.email_assumed))
    }
}

/// Whether the person of this identity has an account.
pub async fn is_known(db: &Db, identity: &IdentityClaims<'_>) -> Result<bool, DbError> {
    let statement = Statement::new(IS_KNOWN)
        .bind(identity.issuer)
        .bind(identity.subject);
    Ok(db.fetch_optional(statement).await?.is_some())
}

/// Finds the person of this identity, or makes their account with `new_id` and
/// the code of their language.
pub async fn sign_in(
    db: &Db,
    new_id: &str,
    identity: &IdentityClaims<'_>,
    language: &str,
    now_ms: i64,
) -> Result<User, DbError> {
    let statement = identity.bound(Statement::new(UPSERT), new_id, language, now_ms);
    let rows = db.write(statement).await?;
    User::from_row(rows.first().ok_or(DbError::Shape)?)
}

/// Suspends an account again that was made anew with the sign-in of an erased one, by its
/// keyed hash; until when, if it was.
pub async fn suspend_again(
    db: &Db,
    id: &str,
    person: &str,
    now_ms: i64,
) -> Result<Option<i64>, DbError> {
    let statement = Statement::new(SUSPEND_AGAIN).bind(id).bind(person);
    let rows = db.write_repeatable(statement.bind(now_ms)).await?;
    rows.first()
        .map(|row| row.int("suspended_until"))
        .transpose()
}

/// The person with this id.
pub async fn by_id(db: &Db, id: &str) -> Result<Option<User>, DbError> {
    let row = db.fetch_optional(by_id_statement(id)).await?;
    row.as_ref().map(User::from_row).transpose()
}

/// Reads what [`by_id`] does.
pub(super) fn by_id_statement(id: &str) -> Statement {
    Statement::new(BY_ID).bind(id)
}

/// A person's page, as they chose it.
#[derive(Clone, Debug)]
pub struct OwnProfile {
    /// True if they want one.
    pub wanted: bool,
    /// True if their picture is to be shown.
    pub pictured: bool,
    /// What they say of themselves.
    pub text: String,
    /// True if a decision switched it off.
    pub is_off: bool,
}

impl OwnProfile {
    pub(super) fn from_row(row: &Row) -> Result<OwnProfile, DbError> {
        Ok(OwnProfile {
            wanted: row.int("profile_wanted")? != 0,
            pictured: row.int("profile_picture")? != 0,
            text: row.text("profile_text")?,
            is_off: row.opt_text("profile_off_by")?.is_some(),
        })
    }
}

/// Everything held about a person but their pictures, for themselves to read.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name their account shows.
    pub name: String,
    /// The handle by which others can point at them, if they chose one.
    pub handle: Option<String>,
    /// The e-mail address of their last sign-in.
    pub email: String,
    /// True if nobody said that the address is verified.
    pub email_assumed: bool,
    /// The provider that vouched for them: the id_token's `iss`.
    pub issuer: String,
    /// Their id at that provider: the id_token's `sub`.
    pub subject: String,
    /// The code of their language.
    pub language: Option<String>,
    /// The age they stated to have reached, in years, and the Unix milliseconds of that.
    pub age_stated: Option<(u32, i64)>,
    /// Unix milliseconds of the first sign-in.
    pub created_at_ms: i64,
    /// Unix milliseconds.
    pub last_sign_in_at_ms: i64,
    /// True if published pictures show the words they were made from.
    pub shows_prompts: bool,
    /// True if nothing of theirs is ever in the gallery.
    pub keeps_private: bool,
    /// Whether they have a page, and what stands there.
    pub profile: OwnProfile,
    /// True if they chose to see sensitive pictures in lists as they are.
    pub sees_sensitive: bool,
    /// Pictures that are not in the trash.
    pub pictures: u32,
    /// Pictures that are in the gallery.
    pub published: u32,
    /// Pictures that whoever has their address may see.
    pub unlisted: u32,
}

impl Account {
    pub(super) fn from_row(row: &Row) -> Result<Account, DbError> {
        let count = |name| row.int(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let years = row.opt_int("age_stated_min")?;
        let years = years.and_then(|years| u32::try_from(years).ok());
        Ok(Account {
            name: row.text("name")?,
            handle: row.opt_text("handle")?,
            email: row.text("email")?,
            email_assumed: row.int("email_assumed")? != 0,
            issuer: row.text("issuer")?,
            subject: row.text("subject")?,
            language: row.opt_text("language")?,
            age_stated: years.zip(row.opt_int("age_stated_at")?),
            created_at_ms: row.int("created_at")?,
            last_sign_in_at_ms: row.int("last_sign_in_at")?,
            shows_prompts: row.int("shows_prompts")? != 0,
            keeps_private: row.int("keeps_private")? != 0,
            profile: OwnProfile::from_row(row)?,
            sees_sensitive: row.int("sees_sensitive")? != 0,
            pictures: count("pictures")?,
            published: count("published")?,
            unlisted: count("unlisted")?,
        })
    }
}

/// The account of this person.
pub async fn account(db: &Db, id: &str) -> Result<Option<Account>, DbError> {
    let row = db.fetch_optional(account_statement(id)).await?;
    row.as_ref().map(Account::from_row).transpose()
}

/// Reads what [`account`] does.
pub(super) fn account_statement(id: &str) -> Statement {
    Statement::new(ACCOUNT).bind(id)
}

// What follows is not repeated where its answer is lost: a second try, which may
// come late, would put an older choice over a newer one.

/// Corrects the person's name.
pub async fn set_name(db: &Db, id: &str, name: &str) -> Result<(), DbError> {
    db.write(Statement::new(SET_NAME).bind(id).bind(name))
        .await
        .map(|_| ())
}

/// Decides whether published pictures show the words they were made from, and
/// whether any are in the gallery at all: an objection takes down what is there.
pub async fn set_choices(
    db: &Db,
    id: &str,
    shows_prompts: bool,
    keeps_private: bool,
) -> Result<(), DbError> {
    let on = |sql, choice: bool| Statement::new(sql).bind(id).bind(i64::from(choice));
    let batch = vec![
        on(SET_SHOWS_PROMPTS, shows_prompts),
        on(SET_IMAGES_SHOW, shows_prompts),
        on(SET_KEEPS_PRIVATE, keeps_private),
        Statement::new(TAKE_DOWN).bind(id),
    ];
    db.batch(batch).await.map(|_| ())
}

/// Decides whether sensitive pictures are shown to the person in lists as they are; who
/// chooses so says with it to be grown up.
pub async fn set_sees_sensitive(db: &Db, id: &str, sees: bool, now_ms: i64) -> Result<(), DbError> {
    let choice = Statement::new(SET_SEES_SENSITIVE)
        .bind(id)
        .bind(i64::from(sees));
    let age = sees.then(|| state_age_statement(id, GROWN_UP_YEARS, now_ms));
    db.batch(std::iter::once(choice).chain(age).collect())
        .await
        .map(|_| ())
}

/// Remembers the code of the person's language.
pub async fn set_language(db: &Db, id: &str, code: &str) -> Result<(), DbError> {
    db.write(Statement::new(SET_LANGUAGE).bind(id).bind(code))
        .await
        .map(|_| ())
}

/// Records where the person's picture is kept.
pub async fn set_avatar(db: &Db, id: &str, key: &str) -> Result<(), DbError> {
    db.write(Statement::new(SET_AVATAR).bind(id).bind(key))
        .await
        .map(|_| ())
}

/// Keeps the composer's unfinished form, or forgets it.
pub async fn set_draft(db: &Db, id: &str, draft: Option<&str>) -> Result<(), DbError> {
    db.write(Statement::new(SET_DRAFT).bind(id).bind(draft))
        .await
        .map(|_| ())
}

/// Keeps the composer's unfinished form, and that the person stated with it being
/// at least so many years old; `None` leaves either as it is.
pub async fn keep_form(
    db: &Db,
    id: &str,
    draft: Option<&str>,
    age_stated: Option<u32>,
    now_ms: i64,
) -> Result<(), DbError> {
    let draft = draft.map(|draft| Statement::new(SET_DRAFT).bind(id).bind(draft));
    let age = age_stated.map(|age| state_age_statement(id, age, now_ms));
    let batch: Vec<Statement> = draft.into_iter().chain(age).collect();
    if batch.is_empty() {
        return Ok(());
    }
    db.batch(batch).await.map(|_| ())
}

/// Records that the person stated being at least `min_age` years old.
pub(super) fn state_age_statement(id: &str, min_age: u32, now_ms: i64) -> Statement {
    Statement::new(STATE_AGE)
        .bind(id)
        .bind(now_ms)
        .bind(min_age)
}
