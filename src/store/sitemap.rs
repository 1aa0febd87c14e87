//! The map of the public pictures: its files, by the numbers of the pictures in them.

use super::{Db, DbError, Statement, reads::Reads};

/// Pictures of one file at most: as many numbers. The migration that counts a file's
/// pictures has it as well.
macro_rules! file_pictures {
    () => {
        2000
    };
}

/// Profiles in the map at most; beyond them tiles lead there.
pub const PROFILES_MAX: u32 = 20_000;
/// Pictures of one file at most.
pub const FILE_PICTURES: u32 = file_pictures!();

statements! {
    /// But for files of which every public picture is out of lists: those are not there.
    FILES = concat!("SELECT f.number, f.published_on FROM sitemap_files f LEFT JOIN (
            SELECT search_id / ", file_pictures!(), " AS number, COUNT(*) AS pictures
            FROM images INDEXED BY images_unlisted
            WHERE unlisted_by IS NOT NULL AND published_at IS NOT NULL GROUP BY 1) unlisted
            ON unlisted.number = f.number
        WHERE f.pictures > COALESCE(unlisted.pictures, 0) ORDER BY f.number LIMIT 49999");
    /// Their pages change with each picture, which no row tells.
    PROFILES = concat!("SELECT u.handle FROM users u INDEXED BY users_with_profile
        WHERE u.profile_wanted = 1 AND COALESCE(u.suspended_until, 0) <= ?1 AND ", has_profile!("u"), "
        ORDER BY u.handle LIMIT ?2");
    PICTURES = "SELECT id, published_at FROM images INDEXED BY images_in_sitemap
        WHERE search_id >= ?1 AND search_id < ?2 AND published_at IS NOT NULL
          AND id NOT IN (SELECT id FROM images INDEXED BY images_unlisted WHERE unlisted_by IS NOT NULL) ORDER BY search_id";
}

/// A file that has pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// Its number, from 0.
    pub number: i64,
    /// The midnight (UTC, Unix milliseconds) of the day on which one of its pictures
    /// was published last.
    pub published_on_ms: i64,
}

/// The files that have pictures, the oldest first; and whether anybody has a profile.
pub async fn files(db: &Db, now_ms: i64) -> Result<(Vec<File>, bool), DbError> {
    let mut reads = Reads::default();
    let files = reads.add(Statement::new(FILES));
    let profiles = reads.add(Statement::new(PROFILES).bind(now_ms).bind(1_i64));
    let answers = reads.answers(db).await?;
    let files = answers.rows(files).iter().map(|row| {
        Ok(File {
            number: row.int("number")?,
            published_on_ms: row.int("published_on")?,
        })
    });
    let files: Result<Vec<File>, DbError> = files.collect();
    Ok((files?, answers.first(profiles).is_some()))
}

/// The handles of those who have a profile, as many as one file takes.
pub async fn profiles(db: &Db, now_ms: i64) -> Result<Vec<String>, DbError> {
    let statement = Statement::new(PROFILES).bind(now_ms).bind(PROFILES_MAX);
    let rows = db.fetch_all(statement).await?;
    rows.iter().map(|row| row.text("handle")).collect()
}

/// The ids and publishing times (Unix milliseconds) of a file's public pictures.
pub async fn pictures(db: &Db, number: u32) -> Result<Vec<(String, i64)>, DbError> {
    let first = i64::from(number) * i64::from(FILE_PICTURES);
    let statement = Statement::new(PICTURES)
        .bind(first)
        .bind(first + i64::from(FILE_PICTURES));
    let rows = db.fetch_all(statement).await?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.int("published_at")?)))
        .collect()
}
