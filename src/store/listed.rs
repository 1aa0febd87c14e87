//! What lists of public pictures read of each: the picture, whose it is, how well liked.

use super::{DbError, Row, images::Image};

/// Whether this person has a page that strangers may see, by their table's name in the
/// statement; who is suspended at the moment has none either, which the clock says.
macro_rules! has_profile {
    ($user:literal) => {
        concat!(
            "(",
            $user,
            ".profile_wanted = 1 AND ",
            $user,
            ".handle IS NOT NULL AND ",
            $user,
            ".profile_off_by IS NULL AND ",
            $user,
            ".keeps_private = 0 AND ",
            $user,
            ".erasure_id IS NULL)"
        )
    };
}

/// The columns of a [`Maker`], by their table's name in the statement.
macro_rules! maker {
    ($user:literal) => {
        concat!(
            $user,
            ".name AS maker, ",
            $user,
            ".suspended_until AS maker_suspended, CASE WHEN ",
            has_profile!($user),
            " THEN ",
            $user,
            ".handle END AS maker_handle"
        )
    };
}

/// The columns of a list of public pictures: of `images i`, its row `p` of
/// `public_pictures`, and its owner `u`.
macro_rules! listed {
    () => {
        concat!("i.*, p.number, p.likes, ", maker!("u"))
    };
}

/// A public picture as lists show it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The picture.
    pub image: Image,
    /// Its place among all that were published.
    pub number: i64,
    /// How many people like it.
    pub likes: u32,
    /// Who made it.
    pub maker: Maker,
}

/// Who made a public picture.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Maker {
    /// The name that others see.
    pub name: String,
    /// The handle of somebody who has a page, but for a suspension.
    handle: Option<String>,
    /// The end of a suspension, Unix milliseconds.
    suspended_until_ms: Option<i64>,
}

impl Maker {
    /// From a row with the columns `maker!`.
    pub(super) fn from_row(row: &Row) -> Result<Maker, DbError> {
        Ok(Maker {
            name: row.text("maker")?,
            handle: row.opt_text("maker_handle")?,
            suspended_until_ms: row.opt_int("maker_suspended")?,
        })
    }

    /// The handle by whose page they are found at this time.
    pub fn profile(&self, now_ms: i64) -> Option<&str> {
        let suspended = self.suspended_until_ms.is_some_and(|until| until > now_ms);
        self.handle.as_deref().filter(|_| !suspended)
    }
}

impl Listed {
    /// From a row with the columns `listed!`.
    pub(super) fn from_row(row: &Row) -> Result<Listed, DbError> {
        Ok(Listed {
            image: Image::from_row(row)?,
            number: row.int("number")?,
            likes: u32::try_from(row.int("likes")?).unwrap_or(0),
            maker: Maker::from_row(row)?,
        })
    }

    pub(super) fn list(rows: &[Row]) -> Result<Vec<Listed>, DbError> {
        rows.iter().map(Listed::from_row).collect()
    }
}
