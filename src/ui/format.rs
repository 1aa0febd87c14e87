//! Money, dates, sizes and durations as each language writes them.
//!
//! Small functions of our own: the formatting libraries would weigh more in
//! WebAssembly than the rest of the page.

use crate::{
    i18n::{Locale, td_string},
    model::catalogue,
};

/// A narrow space that does not break a line, as French puts between a number and its unit.
const NARROW: &str = "\u{202f}";
/// A space that does not break a line.
const FIXED: &str = "\u{a0}";

/// Micro-dollars: `$0.053` or `0,053 $`.
pub fn money(locale: Locale, micros: i64) -> String {
    let (whole, fraction) = catalogue::dollars(micros);
    let decimal = td_string!(locale, language.decimal);
    let amount = format!("{whole}{decimal}{fraction}");
    td_string!(locale, language.money, amount = amount)
}

/// As [`money`]; an estimate says that it is one.
pub fn money_or_about(locale: Locale, micros: i64, estimated: bool) -> String {
    let price = money(locale, micros);
    if estimated {
        td_string!(locale, create.about, price = price)
    } else {
        price
    }
}

/// A number of tenths, with at most one digit after the separator.
pub fn tenths(locale: Locale, value: u64) -> String {
    match value % 10 {
        0 => (value / 10).to_string(),
        tenth => {
            let decimal = td_string!(locale, language.decimal);
            format!("{}{decimal}{tenth}", value / 10)
        }
    }
}

/// A file's size: `1.8 MB` or `1,8 Mo`.
pub fn bytes(locale: Locale, count: u64) -> String {
    let (value, unit) = if count >= 1_000_000 {
        let tenths = (count + 50_000) / 100_000;
        (tenths, td_string!(locale, language.megabytes))
    } else {
        let tenths = count.div_ceil(1000) * 10;
        (tenths, td_string!(locale, language.kilobytes))
    };
    format!("{}{FIXED}{unit}", tenths(locale, value))
}

/// Pixels: `1024 × 1536`.
pub fn pixels(width: u32, height: u32) -> String {
    format!("{width}{NARROW}×{NARROW}{height}")
}

/// A duration from milliseconds: `12 s`, `1 min 05 s`.
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    if seconds < 60 {
        format!("{seconds}{FIXED}s")
    } else {
        format!("{}{FIXED}min {:02}{FIXED}s", seconds / 60, seconds % 60)
    }
}

/// The day of a moment in UTC: `23 November 2026`, `1er novembre 2026`.
pub fn date(locale: Locale, ms: i64) -> String {
    let (year, month, day) = civil(ms);
    let day = match day {
        1 => td_string!(locale, language.first_of_month).to_owned(),
        day => day.to_string(),
    };
    format!("{day}{FIXED}{} {year}", month_name(locale, month))
}

/// A minute in UTC: `23 November 2026, 20:38 UTC`.
pub fn date_time(locale: Locale, ms: i64) -> String {
    let minute = ms.div_euclid(60_000).rem_euclid(1440);
    let (hour, minute) = (minute / 60, minute % 60);
    format!("{}, {hour:02}:{minute:02}{FIXED}UTC", date(locale, ms))
}

/// A moment as machines read it: `2026-11-23T20:38:20Z`.
pub fn iso(ms: i64) -> String {
    let (year, month, day) = civil(ms);
    let second = ms.div_euclid(1000).rem_euclid(86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// A day in UTC as machines read it: `2026-11-23`.
pub fn iso_day(ms: i64) -> String {
    let (year, month, day) = civil(ms);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Year, month and day of a moment in UTC, by Howard Hinnant's `civil_from_days`.
fn civil(ms: i64) -> (i64, u32, u32) {
    let days = ms.div_euclid(86_400_000) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months count from March, so that the leap day comes last.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

fn month_name(locale: Locale, month: u32) -> &'static str {
    match month {
        1 => td_string!(locale, month.january),
        2 => td_string!(locale, month.february),
        3 => td_string!(locale, month.march),
        4 => td_string!(locale, month.april),
        5 => td_string!(locale, month.may),
        6 => td_string!(locale, month.june),
        7 => td_string!(locale, month.july),
        8 => td_string!(locale, month.august),
        9 => td_string!(locale, month.september),
        10 => td_string!(locale, month.october),
        11 => td_string!(locale, month.november),
        _ => td_string!(locale, month.december),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_as_each_language_writes_it() {
        assert_eq!(money(Locale::en, 50_000), "$0.050");
        assert_eq!(money(Locale::fr, 1_250_000), "1,25\u{a0}$");
    }

    #[test]
    fn dates_survive_leap_days_and_the_past() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(1_709_210_096_000), "2024-02-29T12:34:56Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59Z");
        assert_eq!(iso_day(-1), "1969-12-31");
        assert_eq!(date(Locale::fr, 0), "1er\u{a0}janvier 1970");
        assert_eq!(date(Locale::en, 1_709_210_096_000), "29\u{a0}February 2024");
    }

    #[test]
    fn sizes_and_durations_read_well() {
        assert_eq!(bytes(Locale::fr, 1_830_000), "1,8\u{a0}Mo");
        assert_eq!(bytes(Locale::en, 500), "1\u{a0}kB");
        assert_eq!(duration(65_400), "1\u{a0}min 05\u{a0}s");
    }
}
