//! From the form of who may see a picture to the action that shows it to them.

use super::{action::Action, query::Day};
use crate::{
    error::{AccountProblem, AppError, Problem},
    model::limits::{DAY_MS, UNLISTED_DAYS, UNLISTED_MAX_DAYS},
    server::Context,
    store::{
        images::{self, Image},
        visibility,
    },
};

/// Who is to see a picture, as the form of its page says it.
pub struct Asked<'a> {
    /// `private`, `unlisted` or `public`.
    pub shown: &'a str,
    /// When an unlisted address ends: empty, a number of days, `date`, or `keep`.
    pub ends: &'a str,
    /// The day of `date`.
    pub date: &'a str,
    /// True if its owner says that it is sensitive.
    pub sensitive: bool,
}

/// Marks the picture as its owner says, before anybody else sees it, and gives the action
/// that shows it to whom they say.
pub async fn asked_action(
    context: &Context,
    user_id: &str,
    id: &str,
    asked: &Asked<'_>,
) -> Result<Action, AppError> {
    let state = &context.state;
    let image = images::by_owner(&state.db, id, user_id).await?;
    let image = image.ok_or(AppError::NotFound)?;
    let now_ms = state.clock.now_ms();
    let action = match asked.shown {
        "private" => Action::Unpublish,
        "public" => Action::Publish,
        "unlisted" => Action::Unlist(match asked.ends {
            "keep" => image.unlisted_until_ms,
            ends => ends_ms(ends, asked.date, now_ms)?,
        }),
        _ => return Err(Problem::Malformed.into()),
    };
    if image.marked_sensitive != asked.sensitive {
        visibility::mark(&state.db, id, user_id, asked.sensitive).await?;
    }
    Ok(action)
}

/// Who may see a picture, in a word for programs.
pub fn word(image: &Image) -> &'static str {
    match (&image.public_slug, &image.unlisted_slug) {
        (Some(_), _) => "everybody",
        (None, Some(_)) => "who_has_its_address",
        (None, None) => "nobody_else",
    }
}

/// When an unlisted address ends, Unix milliseconds; a day is over at its end.
fn ends_ms(ends: &str, date: &str, now_ms: i64) -> Result<Option<i64>, AppError> {
    let of_days = |days: i64| Some(now_ms + days * DAY_MS);
    match ends {
        "" => Ok(None),
        "date" => {
            let day = Day::read(date).ok_or(AccountProblem::EndInvalid)?;
            let latest_ms = now_ms + UNLISTED_MAX_DAYS * DAY_MS;
            match (now_ms + 1..=latest_ms).contains(&day.ends_ms()) {
                true => Ok(Some(day.ends_ms())),
                false => Err(AccountProblem::EndInvalid.into()),
            }
        }
        days => match days.parse() {
            Ok(days) if UNLISTED_DAYS.contains(&days) => Ok(of_days(days)),
            _ => Err(Problem::Malformed.into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_on_a_day_to_come() {
        let now_ms = 20_000 * DAY_MS + 5;
        assert_eq!(ends_ms("", "", now_ms), Ok(None));
        assert_eq!(ends_ms("7", "", now_ms), Ok(Some(now_ms + 7 * DAY_MS)));
        assert_eq!(ends_ms("8", "", now_ms), Err(Problem::Malformed.into()));
        let today = crate::ui::format::iso_day(now_ms);
        assert_eq!(ends_ms("date", &today, now_ms), Ok(Some(20_001 * DAY_MS)));
        for bad in ["", "2024-02-30", "1999-01-01", "2999-01-01", "tomorrow"] {
            let ended = ends_ms("date", bad, now_ms);
            assert_eq!(ended, Err(AccountProblem::EndInvalid.into()), "{bad}");
        }
    }
}
