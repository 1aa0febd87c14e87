//! The administrators' list of people: who they are, when they were last here, and what
//! they used. Nothing of what they made or wrote.

use super::{
    Db, DbError, Row, Statement, personal_limits,
    users::{IdentityClaims, OwnProfile},
};
use crate::model::{
    allowance::PersonalLimits,
    limits::{PEOPLE_SEARCH_CHARS, PEOPLE_SHOWN},
};

/// What is shown of people who are not closing their account. `?1` the month, `?2` the
/// one before it.
macro_rules! people {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.name, u.handle, u.email, u.created_at,
            MAX(u.last_sign_in_at, COALESCE((SELECT MAX(s.last_seen_at) FROM sessions s
                WHERE s.user_id = u.id), 0)) AS visited_at,
            COALESCE(m.pictures, 0) AS pictures, COALESCE(m.billable_micros, 0) AS micros,
            COALESCE(b.pictures, 0) AS pictures_before, COALESCE(b.billable_micros, 0) AS micros_before,
            l.pictures_per_day, l.micros_per_month, l.own_pictures_per_day, l.own_micros_per_month,
            u.issuer, u.subject, u.email_assumed, u.suspended_until,
            u.profile_wanted, u.profile_picture, u.profile_text, u.profile_off_by
        FROM users u LEFT JOIN personal_limits l ON l.user_id = u.id
            LEFT JOIN month_sums m ON m.user_id = u.id AND m.month = ?1
            LEFT JOIN month_sums b ON b.user_id = u.id AND b.month = ?2
        WHERE u.erasure_id IS NULL",
            $rest
        )
    };
}

statements! {
    /// Those before `?3`, the newest first; `?4` and `?5` are what is looked for, in small
    /// and in large letters: the engine folds the case of ASCII alone.
    LIST = people!(" AND u.id < ?3 AND (?4 = ''
            OR instr(lower(u.name), lower(?4)) > 0 OR instr(lower(u.name), lower(?5)) > 0
            OR instr(lower(u.email), lower(?4)) > 0 OR instr(COALESCE(u.handle, ''), lower(?4)) > 0)
        ORDER BY u.id DESC LIMIT ?6");
    ONE = people!(" AND u.id = ?3");
    NAMED = "SELECT id FROM users WHERE erasure_id IS NULL
        AND (id = ?1 OR handle = lower(?1) OR lower(email) = lower(?1)) ORDER BY id LIMIT 2";
}

/// Somebody, as administrators see them.
#[derive(Clone, Debug)]
pub struct Person {
    /// UUIDv7 text.
    pub id: String,
    /// The name their account shows.
    pub name: String,
    /// The handle by which others can point at them, if they chose one.
    pub handle: Option<String>,
    /// The e-mail address of their last sign-in.
    pub email: String,
    /// Unix milliseconds of the first sign-in.
    pub created_at_ms: i64,
    /// Unix milliseconds of the last visit.
    pub visited_at_ms: i64,
    /// What they used this month.
    pub this_month: MonthUse,
    /// What they used the month before.
    pub last_month: MonthUse,
    /// The limits that were set for them.
    pub limits: PersonalLimits,
    /// Their page for others, as they chose it.
    pub profile: OwnProfile,
    /// Until when they are suspended, or were, Unix milliseconds.
    suspended_until_ms: Option<i64>,
    issuer: String,
    subject: String,
    email_assumed: bool,
}

/// What somebody used in a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonthUse {
    /// Pictures that are ready.
    pub pictures: u32,
    /// Micro-dollars, with what is set aside for what is under way.
    pub micros: i64,
}

/// The beginnings of a month and of the one before it, Unix milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Months {
    /// The month that is on.
    pub this_ms: i64,
    /// The one before.
    pub last_ms: i64,
}

impl Person {
    /// Who they are at their provider.
    pub fn identity(&self) -> IdentityClaims<'_> {
        IdentityClaims {
            issuer: &self.issuer,
            subject: &self.subject,
            email: &self.email,
            email_assumed: self.email_assumed,
            name: &self.name,
        }
    }

    /// The end of their suspension, Unix milliseconds, if they are suspended now.
    pub fn suspended_until(&self, now_ms: i64) -> Option<i64> {
        self.suspended_until_ms
            .filter(|until_ms| *until_ms > now_ms)
    }

    fn from_row(row: &Row) -> Result<Person, DbError> {
        let month = |pictures, micros| -> Result<MonthUse, DbError> {
            Ok(MonthUse {
                pictures: u32::try_from(row.int(pictures)?).unwrap_or_default(),
                micros: row.int(micros)?,
            })
        };
        Ok(Person {
            id: row.text("id")?,
            name: row.text("name")?,
            handle: row.opt_text("handle")?,
            email: row.text("email")?,
            created_at_ms: row.int("created_at")?,
            visited_at_ms: row.int("visited_at")?,
            this_month: month("pictures", "micros")?,
            last_month: month("pictures_before", "micros_before")?,
            limits: personal_limits::from_row(row)?,
            profile: OwnProfile::from_row(row)?,
            suspended_until_ms: row.opt_int("suspended_until")?,
            issuer: row.text("issuer")?,
            subject: row.text("subject")?,
            email_assumed: row.int("email_assumed")? != 0,
        })
    }
}

/// A page of people in whose name, handle or e-mail address something stands, the newest
/// accounts first; everybody where nothing is looked for. With it the id after which the
/// next page begins, if there is one.
pub async fn list(
    db: &Db,
    looked_for: &str,
    after: Option<&str>,
    months: Months,
) -> Result<(Vec<Person>, Option<String>), DbError> {
    let looked_for: String = looked_for
        .trim()
        .chars()
        .take(PEOPLE_SEARCH_CHARS)
        .collect();
    let statement = Statement::new(LIST)
        .bind(months.this_ms)
        .bind(months.last_ms)
        // Behind every id, whose letters are those of hexadecimal digits.
        .bind(after.unwrap_or("~"))
        .bind(looked_for.trim_start_matches('@').to_lowercase())
        .bind(looked_for.to_uppercase())
        .bind(PEOPLE_SHOWN + 1);
    let rows = db.fetch_all(statement).await?;
    let people = rows.iter().take(PEOPLE_SHOWN as usize);
    let people = people
        .map(Person::from_row)
        .collect::<Result<Vec<_>, _>>()?;
    let more = rows.len() > people.len();
    let next = people.last().filter(|_| more).map(|last| last.id.clone());
    Ok((people, next))
}

/// The person with this id, unless they are closing their account.
pub async fn one(db: &Db, id: &str, months: Months) -> Result<Option<Person>, DbError> {
    let statement = Statement::new(ONE)
        .bind(months.this_ms)
        .bind(months.last_ms)
        .bind(id);
    let row = db.fetch_optional(statement).await?;
    row.as_ref().map(Person::from_row).transpose()
}

/// Ids of people with this id, handle or e-mail address: two at most, to tell that there
/// are several.
pub async fn named(db: &Db, text: &str) -> Result<Vec<String>, DbError> {
    let rows = db.fetch_all(Statement::new(NAMED).bind(text)).await?;
    rows.iter().map(|row| row.text("id")).collect()
}
