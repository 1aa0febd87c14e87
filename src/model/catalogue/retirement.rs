//! When a model ends: read from the catalogue, warned of ahead, obeyed after.

use super::Model;
use crate::model::limits::{DAY_MS, RETIREMENT_WARNING_MS};

/// How a model stands to the date of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retirement {
    /// No date, or one far ahead.
    None,
    /// It ends within the time of warning; its last day begins then (Unix
    /// milliseconds, midnight in UTC).
    Soon(i64),
    /// Its last day is over.
    Past,
}

impl Model {
    /// How the model stands to its end now.
    pub fn retirement(&self, now_ms: i64) -> Retirement {
        let date = self.shutdown_date.as_deref().and_then(midnight_ms);
        match date {
            Some(date_ms) if now_ms >= date_ms + DAY_MS => Retirement::Past,
            Some(date_ms) if now_ms >= date_ms - RETIREMENT_WARNING_MS => Retirement::Soon(date_ms),
            _ => Retirement::None,
        }
    }
}

/// The midnight (UTC) that `YYYY-MM-DD` begins with, in Unix milliseconds.
pub fn midnight_ms(date: &str) -> Option<i64> {
    let digits = |text: &str, length: usize| -> Option<i64> {
        let plain = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| text.parse().ok())?
    };
    let mut parts = date.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if day == 0 || day > length {
        return None;
    }
    // Counted in years that begin in March, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    Some((days - 719_468) * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::midnight_ms;

    #[test]
    fn dates_are_read_and_nonsense_is_not() {
        assert_eq!(midnight_ms("1970-01-01"), Some(0));
        assert_eq!(midnight_ms("2024-02-29"), Some(1_709_164_800_000));
        assert_eq!(midnight_ms("2026-12-01"), Some(1_796_083_200_000));
        for wrong in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "26-01-01",
            "+024-01-01",
            "2024-01-011",
            "soon",
        ] {
            assert_eq!(midnight_ms(wrong), None, "{wrong}");
        }
    }
}
