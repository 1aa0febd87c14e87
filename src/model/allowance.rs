//! How much one person may use: the service's own limits, what an administrator set in
//! their place, what the person set for themselves, and which of them is in force.

use super::limits::{PERSON_DOLLARS_MAX, PERSON_PICTURES_MAX};
use std::fmt;

/// Micro-dollars of a cent.
const CENT_MICROS: i64 = 10_000;
/// Micro-dollars of a dollar.
const DOLLAR_MICROS: i64 = 100 * CENT_MICROS;

/// A limit of each kind; `None` is no such limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// Pictures a day (UTC).
    pub pictures_per_day: Option<u32>,
    /// Micro-dollars a calendar month (UTC).
    pub micros_per_month: Option<i64>,
}

/// What was set for one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PersonalLimits {
    /// In place of the service's, by an administrator.
    pub exception: Allowance,
    /// By the person, for themselves.
    pub own: Allowance,
}

/// Who set the limit that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetBy {
    /// The operator, for everybody.
    Service,
    /// An administrator, for this person.
    Administrator,
    /// The person themselves.
    Person,
}

/// A limit that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InForce<T> {
    /// The most there may be.
    pub most: T,
    /// Who said so.
    pub set_by: SetBy,
}

/// The limits that are in force for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitsInForce {
    /// Pictures a day.
    pub pictures_per_day: Option<InForce<u32>>,
    /// Micro-dollars a month.
    pub micros_per_month: Option<InForce<i64>>,
}

impl Allowance {
    /// The limits that somebody typed into a form; an empty field is none.
    pub fn typed(pictures: &str, dollars: &str) -> Result<Allowance, NoLimit> {
        Ok(Allowance {
            pictures_per_day: typed_pictures(pictures)?,
            micros_per_month: typed_dollars(dollars)?,
        })
    }
}

impl PersonalLimits {
    /// What is in force where the service allows everybody so much.
    pub fn in_force(&self, service: &Allowance) -> LimitsInForce {
        let (exception, own) = (&self.exception, &self.own);
        LimitsInForce {
            pictures_per_day: lowest(
                service.pictures_per_day,
                exception.pictures_per_day,
                own.pictures_per_day,
            ),
            micros_per_month: lowest(
                service.micros_per_month,
                exception.micros_per_month,
                own.micros_per_month,
            ),
        }
    }
}

/// An exception stands in place of the service's limit, higher or lower; one's own
/// only ever lowers what holds without it.
fn lowest<T: Copy + PartialOrd>(
    service: Option<T>,
    exception: Option<T>,
    own: Option<T>,
) -> Option<InForce<T>> {
    let in_force = |set_by| move |most| InForce { most, set_by };
    let given = exception.map(in_force(SetBy::Administrator));
    let given = given.or(service.map(in_force(SetBy::Service)));
    let own = own.filter(|own| given.as_ref().is_none_or(|given| *own < given.most));
    own.map(in_force(SetBy::Person)).or(given)
}

/// What was typed is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoLimit;

impl fmt::Display for NoLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a whole number of pictures from 0 to {PERSON_PICTURES_MAX}, or dollars from 0 to \
             {PERSON_DOLLARS_MAX} with two decimals at most"
        )
    }
}

impl std::error::Error for NoLimit {}

/// A limit of pictures as people type it; nothing typed is none.
pub fn typed_pictures(text: &str) -> Result<Option<u32>, NoLimit> {
    match tidied(text).as_str() {
        "" => Ok(None),
        digits => Ok(Some(whole(digits, PERSON_PICTURES_MAX)?)),
    }
}

/// A limit of money as people type it, `5`, `5.50` or `5,50 $`; nothing typed is none.
pub fn typed_dollars(text: &str) -> Result<Option<i64>, NoLimit> {
    let text = tidied(text);
    let text = text.strip_prefix('$').unwrap_or(&text);
    let text = text.strip_suffix('$').unwrap_or(text);
    if text.is_empty() {
        return Ok(None);
    }
    let (dollars, cents) = text.split_once(['.', ',']).unwrap_or((text, "00"));
    let cents = match cents.len() {
        1 => whole(cents, 9)? * 10,
        2 => whole(cents, 99)?,
        _ => return Err(NoLimit),
    };
    let micros = i64::from(whole(dollars, PERSON_DOLLARS_MAX)?) * DOLLAR_MICROS
        + i64::from(cents) * CENT_MICROS;
    let is_allowed = micros <= i64::from(PERSON_DOLLARS_MAX) * DOLLAR_MICROS;
    is_allowed.then_some(Some(micros)).ok_or(NoLimit)
}

/// Without spaces of any width.
fn tidied(text: &str) -> String {
    text.split_whitespace().collect()
}

fn whole(digits: &str, most: u32) -> Result<u32, NoLimit> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| *number <= most);
    number.filter(|_| plain).ok_or(NoLimit)
}

/// Money in a field to type into: `5.50`.
pub fn plain_dollars(micros: i64) -> String {
    let cents = micros / CENT_MICROS;
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Whole cents of so many micro-dollars, as errors carry them.
pub fn cents(micros: i64) -> u32 {
    u32::try_from(micros / CENT_MICROS).unwrap_or(u32::MAX)
}

/// Micro-dollars of so many cents.
pub fn of_cents(cents: u32) -> i64 {
    i64::from(cents) * CENT_MICROS
}

/// Micro-dollars of so many dollars of the configuration, in whole cents.
pub fn of_dollars(dollars: f64) -> i64 {
    (dollars * 100.0).round() as i64 * CENT_MICROS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_replaces_and_ones_own_only_lowers() {
        let most = |service, exception, own| {
            let found: Option<InForce<u32>> = lowest(service, exception, own);
            found.map(|found| (found.most, found.set_by))
        };
        assert_eq!(most(None, None, None), None);
        assert_eq!(most(Some(5), None, None), Some((5, SetBy::Service)));
        let by_admin = |most| Some((most, SetBy::Administrator));
        assert_eq!(most(Some(5), Some(9), None), by_admin(9));
        assert_eq!(most(Some(5), Some(0), None), by_admin(0));
        assert_eq!(most(Some(5), None, Some(9)), Some((5, SetBy::Service)));
        assert_eq!(most(Some(5), None, Some(5)), Some((5, SetBy::Service)));
        assert_eq!(most(Some(5), Some(9), Some(7)), Some((7, SetBy::Person)));
        assert_eq!(most(Some(5), Some(3), Some(4)), by_admin(3));
        assert_eq!(most(None, None, Some(4)), Some((4, SetBy::Person)));
    }

    #[test]
    fn what_is_typed_is_a_limit_none_or_refused() {
        assert_eq!(typed_pictures(" "), Ok(None));
        assert_eq!(typed_pictures(" 1 000 "), Ok(Some(1000)));
        assert_eq!(typed_pictures("0"), Ok(Some(0)));
        for wrong in ["-1", "+1", "1.5", "1e3", "100001", "many", "٣"] {
            assert_eq!(typed_pictures(wrong), Err(NoLimit), "{wrong}");
        }
        for (typed, micros) in [
            ("5", 5_000_000),
            ("$5.5", 5_500_000),
            ("5,50\u{a0}$", 5_500_000),
            ("0.01", 10_000),
            ("1000000.00", 1_000_000_000_000),
        ] {
            assert_eq!(typed_dollars(typed), Ok(Some(micros)), "{typed}");
        }
        assert_eq!(typed_dollars(""), Ok(None));
        for wrong in [
            "-5",
            "5.001",
            "5.",
            ".5",
            "1000000.01",
            "1e2",
            "five",
            "5.5.5",
        ] {
            assert_eq!(typed_dollars(wrong), Err(NoLimit), "{wrong}");
        }
        assert_eq!(
            typed_dollars(&plain_dollars(5_070_000)),
            Ok(Some(5_070_000))
        );
        assert_eq!((cents(5_070_000), of_cents(507)), (507, 5_070_000));
        assert_eq!((of_dollars(0.1), of_dollars(19.999)), (100_000, 20_000_000));
    }
}
