//! The library's address: filters, order, page, and what was done a moment ago.

use crate::model::limits::DAY_MS;
use crate::{
    i18n::Locale,
    library::tags,
    routes::{PagePath, Route},
    store::library::{Filter, Order},
};
use url::form_urlencoded;

/// What says which pictures are meant, in the order addresses list it.
const KEYS: [&str; 11] = [
    "trash",
    "collection",
    "q",
    "tag",
    "model",
    "shape",
    "from",
    "to",
    "favourite",
    "shown",
    "sort",
];
/// Characters of a value that are read.
const VALUE_CHARS: usize = 200;

/// A query that was read, with nothing in it that is not understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    pairs: Vec<(&'static str, String)>,
    /// Where the page starts: the id of the last picture of the page before.
    pub cursor: Option<String>,
    /// The change that was made a moment ago.
    pub done: Option<String>,
    /// What has no undo: `undone`, `deleted` or `nothing`, and how many pictures.
    pub said: Option<(String, u32)>,
}

impl Query {
    /// Reads the query of an address; what is unknown or senseless is left out.
    pub fn read(text: &str) -> Query {
        let given: Vec<(String, String)> =
            form_urlencoded::parse(text.trim_start_matches('?').as_bytes())
                .map(|(name, value)| {
                    let value = value.trim().chars().take(VALUE_CHARS).collect();
                    (name.into_owned(), value)
                })
                .filter(|(_, value): &(String, String)| !value.is_empty())
                .collect();
        let find = |key: &str| {
            let found = given.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.clone())
        };
        Query {
            pairs: KEYS
                .into_iter()
                .filter_map(|key| Some((key, find(key)?)))
                .filter(|(key, value)| means_something(key, value))
                .collect(),
            cursor: find("cursor"),
            done: find("done"),
            said: find("said").and_then(|said| {
                let (what, count) = said.split_once('-')?;
                Some((what.to_owned(), count.parse().ok()?))
            }),
        }
    }

    /// The value of a filter.
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(k, _)| *k == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The filters in force, without the place (trash, collection) and the order.
    pub fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.pairs
            .iter()
            .filter(|(key, _)| !["trash", "collection", "sort"].contains(key))
            .map(|(key, value)| (*key, value.as_str()))
    }

    /// The same place and order, without this filter.
    #[must_use]
    pub fn without(&self, key: &str) -> Query {
        self.only(|k| k != key)
    }

    /// The same place and order, without any filter.
    #[must_use]
    pub fn unfiltered(&self) -> Query {
        self.only(|k| ["trash", "collection", "sort"].contains(&k))
    }

    fn only(&self, keep: impl Fn(&str) -> bool) -> Query {
        let pairs = self.pairs.iter().filter(|(key, _)| keep(key));
        Query {
            pairs: pairs.cloned().collect(),
            ..Query::default()
        }
    }

    /// The filters as a query, without page and notice.
    pub fn text(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.pairs);
        query.finish()
    }

    /// The library's address under this query and one pair more, without its language.
    pub fn path_with(&self, key: &str, value: &str) -> PagePath {
        let mut query = form_urlencoded::Serializer::new(self.text());
        query.append_pair(key, value);
        let query = query.finish();
        Route::Library.path().query(query.trim_start_matches('&'))
    }

    /// The library's address under this query, without its language.
    pub fn path(&self) -> PagePath {
        Route::Library.path().query(&self.text())
    }

    /// The library's address under this query.
    pub fn address(&self, locale: Locale) -> String {
        self.path().address(locale)
    }

    /// As the database takes it.
    pub fn filter(&self) -> Filter {
        let owned = |key| self.get(key).map(str::to_owned);
        Filter {
            words: owned("q"),
            model: owned("model"),
            shape: owned("shape"),
            from_ms: self.get("from").and_then(day_ms),
            before_ms: self.get("to").and_then(day_ms).map(|day| day + DAY_MS),
            favourite: self.get("favourite").is_some(),
            shown: owned("shown"),
            collection: owned("collection"),
            tag: self.get("tag").map(tags::folded),
            trash: self.trash(),
        }
    }

    /// Whether the trash is meant.
    pub fn trash(&self) -> bool {
        self.get("trash").is_some()
    }

    /// The order asked for.
    pub fn order(&self) -> Order {
        match self.get("sort") {
            Some("oldest") => Order::Oldest,
            _ => Order::Newest,
        }
    }
}

/// Whether a filter has a value it can have.
fn means_something(key: &str, value: &str) -> bool {
    match key {
        "trash" | "favourite" => value == "1",
        "shape" => ["square", "landscape", "portrait"].contains(&value),
        "shown" => ["public", "private"].contains(&value),
        "sort" => value == "oldest",
        "from" | "to" => day_ms(value).is_some(),
        _ => true,
    }
}

/// When a day (`YYYY-MM-DD`, UTC) begins, by Howard Hinnant's `days_from_civil`.
pub fn day_ms(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, '-');
    let mut number = |digits: usize| -> Option<i64> {
        let part = parts.next()?;
        let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|_| plain)
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some((era * 146_097 + day_of_era - 719_468) * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_when_they_do() {
        assert_eq!(day_ms("1970-01-01"), Some(0));
        assert_eq!(day_ms("2024-02-29"), Some(1_709_164_800_000));
        for odd in [
            "",
            "2024",
            "2024-13-01",
            "24-1-1",
            "+024-01-01",
            "2024-01-011",
        ] {
            assert_eq!(day_ms(odd), None, "{odd}");
        }
    }

    #[test]
    fn addresses_keep_what_is_understood_and_nothing_else() {
        let query =
            Query::read("?x=1&shape=round&q=+sea%26sky+&tag=%C3%89t%C3%A9&sort=oldest&cursor=c");
        assert_eq!(
            query.path().as_str(),
            "/library?q=sea%26sky&tag=%C3%89t%C3%A9&sort=oldest"
        );
        assert_eq!(
            query.without("q").unfiltered().path().as_str(),
            "/library?sort=oldest"
        );
        assert_eq!(query.filter().tag.as_deref(), Some("ete"));
        assert_eq!(
            query.unfiltered().path_with("cursor", "a b").as_str(),
            "/library?sort=oldest&cursor=a+b"
        );
        let done = Query::default().path_with("done", "1");
        assert_eq!(done.as_str(), "/library?done=1");
    }
}
