//! What a page of the gallery is asked for: an order, a period, and where it begins. All of
//! it is in the address, in one spelling, so that an address is one page.

use crate::{
    model::limits::{DAY_MS, PUBLIC_SEARCH_CHARS},
    model::typed,
    routes::{self, PagePath, Route},
    store::public_lists::At,
};
use leptos_router::{location::Url, params::ParamsMap};

/// The names of what is asked for, in an address.
pub const SORT: &str = "sort";
/// As [`SORT`].
pub const PERIOD: &str = "period";
/// As [`SORT`].
pub const CURSOR: &str = "cursor";
/// As [`SORT`], of what is looked for.
pub const WORDS: &str = "q";

/// An order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// What was published last comes first.
    #[default]
    Newest,
    /// What most people like.
    Liked,
    /// What most public pictures were made from.
    Remixed,
}

impl Sort {
    /// Every order, as pages list them.
    pub const ALL: [Sort; 3] = [Sort::Newest, Sort::Liked, Sort::Remixed];

    /// Its word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Sort::Newest => "newest",
            Sort::Liked => "liked",
            Sort::Remixed => "remixed",
        }
    }
}

/// Since when what is listed was published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// The last 365 days.
    Year,
    /// Ever.
    #[default]
    All,
}

impl Period {
    /// Every period, as pages list them.
    pub const ALL: [Period; 5] = [
        Period::Day,
        Period::Week,
        Period::Month,
        Period::Year,
        Period::All,
    ];

    /// Its word in an address and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Period::Day => "day",
            Period::Week => "week",
            Period::Month => "month",
            Period::Year => "year",
            Period::All => "all",
        }
    }

    /// When it began, Unix milliseconds.
    pub fn since_ms(self, now_ms: i64) -> i64 {
        let days = match self {
            Period::Day => 1,
            Period::Week => 7,
            Period::Month => 30,
            Period::Year => 365,
            Period::All => return 0,
        };
        now_ms - days * DAY_MS
    }
}

/// The list that a page is one of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// All public pictures, in this order, of this period.
    All(Sort, Period),
    /// Those with these words.
    Words(String),
    /// Those with this tag, folded.
    Tag(String),
}

impl Default for List {
    fn default() -> List {
        List::All(Sort::default(), Period::default())
    }
}

impl List {
    /// What the gallery's query asks for; `None` where it names an order or a period that
    /// there is none of.
    pub fn read(query: &ParamsMap) -> Option<List> {
        let named = |name| query.get_str(name).filter(|word| !word.is_empty());
        if let Some(words) = named(WORDS) {
            return Some(List::Words(looked_for(words)));
        }
        let sort = match named(SORT) {
            None => Sort::default(),
            Some(word) => Sort::ALL.into_iter().find(|sort| sort.word() == word)?,
        };
        let period = match named(PERIOD) {
            None => Period::default(),
            Some(word) => Period::ALL
                .into_iter()
                .find(|period| period.word() == word)?,
        };
        Some(List::All(sort, period))
    }

    /// Its first page.
    pub fn path(&self) -> PagePath {
        match self {
            List::All(sort, period) => {
                let mut path = Route::Gallery.path();
                if *sort != Sort::default() {
                    path = path.with(SORT, sort.word());
                }
                if *period != Period::default() {
                    path = path.with(PERIOD, period.word());
                }
                path
            }
            List::Words(words) => Route::Gallery.with(WORDS, &Url::escape(words)),
            List::Tag(folded) => routes::tag(&Url::escape(folded)),
        }
    }

    /// The page that a cursor names.
    pub fn page(&self, cursor: Option<&str>) -> PagePath {
        match cursor {
            None => self.path(),
            Some(cursor) => self.path().with(CURSOR, cursor),
        }
    }

    /// What its cursors begin with, so that none is taken for one of another list's.
    fn mark(&self) -> &'static str {
        match self {
            List::All(Sort::Newest, _) => "new",
            List::All(Sort::Liked, _) => "liked",
            List::All(Sort::Remixed, _) => "remixed",
            List::Words(_) => "words",
            List::Tag(_) => "tag",
        }
    }

    fn period(&self) -> &'static str {
        match self {
            List::All(_, period) => period.word(),
            _ => Period::All.word(),
        }
    }

    /// The cursor of the page that begins after this place.
    pub fn cursor(&self, at: At) -> String {
        let (mark, period) = (self.mark(), self.period());
        match at.score {
            0 => format!("{mark}-{period}-{}", at.number),
            score => format!("{mark}-{period}-{}-{score}", at.number),
        }
    }

    /// Where a cursor says that the page begins; `None` for one that is no cursor of this
    /// list. One of an earlier release leads to the first page.
    pub fn place(&self, cursor: &str) -> Option<At> {
        if cursor.is_empty() || is_of_earlier_release(cursor) {
            return Some(At::START);
        }
        let rest = cursor.strip_prefix(self.mark())?.strip_prefix('-')?;
        let rest = rest.strip_prefix(self.period())?.strip_prefix('-')?;
        let (number, score) = rest.split_once('-').unwrap_or((rest, "0"));
        let read = |digits: &str| -> Option<i64> {
            let number: i64 = digits.parse().ok()?;
            let is_one = number.to_string() == digits && number <= At::START.number;
            (is_one && number >= 0).then_some(number)
        };
        let at = At {
            score: read(score)?,
            number: read(number)?,
        };
        // One spelling each.
        (self.cursor(at) == cursor).then_some(at)
    }
}

/// A moment and a picture's id.
fn is_of_earlier_release(cursor: &str) -> bool {
    let (at, id) = cursor.split_once('-').unwrap_or_default();
    at.parse::<i64>().is_ok() && uuid::Uuid::parse_str(id).is_ok()
}

/// What is looked for: one line, and no more than is looked at.
pub fn looked_for(text: &str) -> String {
    let line = typed::line_of(text, PUBLIC_SEARCH_CHARS);
    line.chars().take(PUBLIC_SEARCH_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Option<List> {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        let mut map = ParamsMap::new();
        for (name, value) in pairs {
            map.insert(name.into_owned(), value.into_owned());
        }
        List::read(&map)
    }

    #[test]
    fn an_address_is_one_list_and_back() {
        let mut seen = Vec::new();
        for sort in Sort::ALL {
            for period in Period::ALL {
                let list = List::All(sort, period);
                let path = list.path();
                let query = path.as_str().split_once('?').map_or("", |(_, query)| query);
                assert_eq!(read(query), Some(list));
                assert!(!seen.contains(&path), "{path:?}");
                seen.push(path);
            }
        }
        assert_eq!(seen[4].as_str(), "/gallery");
        assert_eq!(
            read("sort=liked&period=week"),
            Some(List::All(Sort::Liked, Period::Week))
        );
        for wrong in ["sort=best", "period=hour", "sort=LIKED"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(
            read("q=a++fox&sort=liked"),
            Some(List::Words("a fox".into()))
        );
        let words = List::Words("\"50%\" & é".into());
        let path = words.path();
        let (_, query) = path.as_str().split_once('?').unwrap();
        assert_eq!(read(query), Some(words));
        let long = "x".repeat(10_000);
        let Some(List::Words(kept)) = read(&format!("q={long}")) else {
            panic!("no words")
        };
        assert_eq!(kept.chars().count(), PUBLIC_SEARCH_CHARS);
    }

    #[test]
    fn a_cursor_is_of_its_own_list_alone() {
        let at = At {
            score: 0,
            number: 7,
        };
        let liked = At {
            score: 3,
            number: 7,
        };
        let mut lists = vec![List::Words("a".into()), List::Tag("a".into())];
        for sort in Sort::ALL {
            lists.extend(Period::ALL.map(|period| List::All(sort, period)));
        }
        for list in &lists {
            for place in [at, liked] {
                let cursor = list.cursor(place);
                assert_eq!(list.place(&cursor), Some(place));
                for other in lists.iter().filter(|other| *other != list) {
                    assert_eq!(other.place(&cursor), None, "{cursor} in {other:?}");
                }
            }
            assert_eq!(list.place(""), Some(At::START));
            for wrong in [
                "x",
                "-1",
                "new-all--1",
                "new-all-07",
                "new-all-1-0",
                "new-all-99999999999999999",
            ] {
                assert_eq!(list.place(wrong), None, "{wrong}");
            }
        }
        let old = "1764500000000-0199b1c2-7a3e-7000-8000-000000000001";
        assert_eq!(List::default().place(old), Some(At::START));
    }
}
