//! The map of the public pictures: its files, by the numbers of the pictures in them.

use super::{Db, DbError, Statement};

/// Pictures of one file at most: as many numbers. The migration that counts a file's
/// pictures has it as well.
macro_rules! file_pictures {
    () => {
        2000
    };
}

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

/// The files that have pictures, the oldest first.
pub async fn files(db: &Db) -> Result<Vec<File>, DbError> {
    let rows = db.fetch_all(Statement::new(FILES)).await?;
    rows.iter()
        .map(|row| {
            Ok(File {
                number: row.int("number")?,
                published_on_ms: row.int("published_on")?,
            })
        })
        .collect()
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
