//! The calendar, in UTC.

use super::{catalogue::midnight_ms, limits::DAY_MS};

/// The calendar year of a moment in Unix milliseconds.
pub fn year(ms: i64) -> i64 {
    let begins = |year: i64| midnight_ms(&format!("{year:04}-01-01"));
    // Not beyond it: no year has more days.
    let mut year = 1970 + ms.div_euclid(366 * DAY_MS);
    while begins(year + 1).is_some_and(|next_ms| next_ms <= ms) {
        year += 1;
    }
    year
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_begins_with_its_first_midnight() {
        for (day, expected) in [
            ("2026-11-30", 2026),
            ("2028-12-31", 2028),
            ("2027-01-01", 2027),
        ] {
            let ms = midnight_ms(day).expect("a day");
            assert_eq!(year(ms), expected, "{day}");
        }
        let new_year = midnight_ms("2027-01-01").expect("a day");
        assert_eq!(year(new_year - 1), 2026);
        assert_eq!(year(0), 1970);
    }
}
