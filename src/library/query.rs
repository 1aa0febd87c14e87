//! The library's address: which pictures are meant, from where the page starts,
//! and what was done a moment ago.

use crate::{
    i18n::Locale,
    library::tags,
    model::{catalogue::midnight_ms, limits::DAY_MS, typed},
    routes::{PagePath, Route},
    store::library::{Filter, Order, Shape, Visibility},
    ui::{format, platform},
};
use std::{borrow::Cow, fmt};
use url::form_urlencoded;

/// Characters of a value that are read.
const VALUE_CHARS: usize = 200;

/// The library's address, read: filters, page and notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The filters and the order.
    pub query: LibraryQuery,
    /// The cursor: the id of the last picture of the page before.
    pub cursor: Option<String>,
    /// The act just done, from `done` or `said`.
    pub notice: Option<Notice>,
}

impl Address {
    /// Reads the query of an address; what is unknown or senseless is left out.
    pub fn read(text: &str) -> Address {
        let given = Given::read(text);
        Address {
            query: LibraryQuery::of(&given),
            cursor: given.text("cursor"),
            notice: Notice::of(&given),
        }
    }
}

/// A selection of a person's pictures, and its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LibraryQuery {
    /// True for the pictures in the trash, and no others.
    pub trash: bool,
    /// A collection's id.
    pub collection: Option<String>,
    /// Words to search for, as typed.
    pub words: Option<String>,
    /// A tag, however it is written.
    pub tag: Option<String>,
    /// A model's id.
    pub model: Option<String>,
    /// Portrait, landscape or square.
    pub shape: Option<Shape>,
    /// The first day of the period, included.
    pub from: Option<Day>,
    /// The last day of the period, included.
    pub to: Option<Day>,
    /// Favourites alone.
    pub favourite: bool,
    /// Public or private pictures alone.
    pub visibility: Option<Visibility>,
    /// The order of the pictures.
    pub order: Order,
}

/// A filter in force, for its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveFilter<'a> {
    /// Words searched for.
    Words(&'a str),
    /// A tag.
    Tag(&'a str),
    /// A model's id.
    Model(&'a str),
    /// A shape.
    Shape(Shape),
    /// Pictures of this day and later.
    From(Day),
    /// Pictures of this day and earlier.
    To(Day),
    /// Favourites alone.
    Favourite,
    /// Public or private pictures alone.
    Visibility(Visibility),
}

impl LibraryQuery {
    /// Reads the filters of an address or of a form that came from one.
    pub fn read(text: &str) -> LibraryQuery {
        LibraryQuery::of(&Given::read(text))
    }

    /// The pictures of a collection.
    pub fn of_collection(id: &str) -> LibraryQuery {
        LibraryQuery {
            collection: Some(id.to_owned()),
            ..LibraryQuery::default()
        }
    }

    /// The pictures in the trash.
    pub fn of_trash() -> LibraryQuery {
        LibraryQuery {
            trash: true,
            ..LibraryQuery::default()
        }
    }

    fn of(given: &Given) -> LibraryQuery {
        let is = |key, value| given.find(key) == Some(value);
        LibraryQuery {
            trash: is("trash", "1"),
            collection: given.text("collection"),
            words: given.text("q"),
            tag: given.text("tag"),
            model: given.text("model"),
            shape: given.one_of("shape", &Shape::ALL, Shape::as_str),
            from: given.find("from").and_then(Day::read),
            to: given.find("to").and_then(Day::read),
            favourite: is("favourite", "1"),
            visibility: given.one_of("shown", &Visibility::ALL, Visibility::as_str),
            order: match is("sort", "oldest") {
                true => Order::Oldest,
                false => Order::Newest,
            },
        }
    }

    /// Its parts as addresses name them, in the order they list them.
    fn pairs(&self) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
        let day = |day: Option<Day>| day.map(|day| Cow::Owned(day.to_string()));
        let flag = |on: bool| on.then_some(Cow::Borrowed("1"));
        let oldest = self.order == Order::Oldest;
        [
            ("trash", flag(self.trash)),
            ("collection", self.collection.as_deref().map(Cow::Borrowed)),
            ("q", self.words.as_deref().map(Cow::Borrowed)),
            ("tag", self.tag.as_deref().map(Cow::Borrowed)),
            ("model", self.model.as_deref().map(Cow::Borrowed)),
            (
                "shape",
                self.shape.map(|shape| Cow::Borrowed(shape.as_str())),
            ),
            ("from", day(self.from)),
            ("to", day(self.to)),
            ("favourite", flag(self.favourite)),
            (
                "shown",
                self.visibility.map(|it| Cow::Borrowed(it.as_str())),
            ),
            ("sort", oldest.then_some(Cow::Borrowed("oldest"))),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
    }

    /// The filters in force, each with the query without it. The place (trash,
    /// collection) and the order are none.
    pub fn filters<'a>(&'a self) -> Vec<(ActiveFilter<'a>, LibraryQuery)> {
        let mut found = Vec::new();
        let mut add = |filter: Option<ActiveFilter<'a>>, remove: fn(&mut LibraryQuery)| {
            if let Some(filter) = filter {
                let mut without = self.clone();
                remove(&mut without);
                found.push((filter, without));
            }
        };
        add(self.words.as_deref().map(ActiveFilter::Words), |q| {
            q.words = None
        });
        add(self.tag.as_deref().map(ActiveFilter::Tag), |q| q.tag = None);
        add(self.model.as_deref().map(ActiveFilter::Model), |q| {
            q.model = None
        });
        add(self.shape.map(ActiveFilter::Shape), |q| q.shape = None);
        add(self.from.map(ActiveFilter::From), |q| q.from = None);
        add(self.to.map(ActiveFilter::To), |q| q.to = None);
        add(self.favourite.then_some(ActiveFilter::Favourite), |q| {
            q.favourite = false
        });
        add(self.visibility.map(ActiveFilter::Visibility), |q| {
            q.visibility = None
        });
        found
    }

    /// The same place and order, without any filter.
    #[must_use]
    pub fn unfiltered(&self) -> LibraryQuery {
        LibraryQuery {
            trash: self.trash,
            collection: self.collection.clone(),
            order: self.order,
            ..LibraryQuery::default()
        }
    }

    /// The filters as a query, without page and notice.
    pub fn text(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        query.finish()
    }

    /// The library's address under this query and one pair more, without its language.
    pub fn path_with(&self, key: &str, value: &str) -> PagePath {
        let mut query = form_urlencoded::Serializer::new(self.text());
        query.append_pair(key, value);
        let query = query.finish();
        Route::Library.path().query(query.trim_start_matches('&'))
    }

    /// The library's address under this query, saying what was done.
    pub fn path_after(&self, notice: &Notice) -> PagePath {
        let (key, value) = notice.pair();
        self.path_with(key, &value)
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
        Filter {
            words: self.words.clone(),
            model: self.model.clone(),
            shape: self.shape,
            from_ms: self.from.map(Day::begins_ms),
            before_ms: self.to.map(Day::ends_ms),
            favourite: self.favourite,
            visibility: self.visibility,
            collection: self.collection.clone(),
            tag: self.tag.as_deref().map(tags::folded),
            trash: self.trash,
        }
    }
}

/// The act just done, for the page to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A change with this id, which can be taken back.
    Changed(String),
    /// A change of so many pictures was taken back.
    Undone(u32),
    /// So many pictures were deleted for good.
    Deleted(u32),
    /// Everything was so already.
    Nothing,
    /// A picture is one of the composer's references now.
    Referenced,
}

impl Notice {
    fn of(given: &Given) -> Option<Notice> {
        let said = given.find("said").and_then(|said| {
            let (what, count) = said.split_once('-')?;
            let count = count.parse().ok()?;
            match what {
                "undone" => Some(Notice::Undone(count)),
                "deleted" => Some(Notice::Deleted(count)),
                "nothing" => Some(Notice::Nothing),
                "referenced" => Some(Notice::Referenced),
                _ => None,
            }
        });
        said.or_else(|| given.text("done").map(Notice::Changed))
    }

    fn pair(&self) -> (&'static str, Cow<'_, str>) {
        match self {
            Notice::Changed(id) => ("done", Cow::Borrowed(id)),
            Notice::Undone(count) => ("said", Cow::Owned(format!("undone-{count}"))),
            Notice::Deleted(count) => ("said", Cow::Owned(format!("deleted-{count}"))),
            Notice::Nothing => ("said", Cow::Borrowed("nothing-0")),
            Notice::Referenced => ("said", Cow::Borrowed("referenced-1")),
        }
    }
}

/// The pairs of an address that have a value, on one line and bounded.
struct Given(Vec<(String, String)>);

impl Given {
    fn read(text: &str) -> Given {
        let pairs = form_urlencoded::parse(text.trim_start_matches('?').as_bytes());
        let tidied = pairs.map(|(name, value)| {
            let value = platform::beginning(&typed::line(&value), VALUE_CHARS);
            (name.into_owned(), value)
        });
        Given(
            tidied
                .filter(|(_, value)| !typed::is_blank(value))
                .collect(),
        )
    }

    fn find(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    fn text(&self, key: &str) -> Option<String> {
        self.find(key).map(str::to_owned)
    }

    fn one_of<T: Copy>(&self, key: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
        let value = self.find(key)?;
        all.iter().copied().find(|one| word(*one) == value)
    }
}

/// A day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    begins_ms: i64,
}

impl Day {
    /// Reads `YYYY-MM-DD`.
    pub fn read(text: &str) -> Option<Day> {
        midnight_ms(text).map(|begins_ms| Day { begins_ms })
    }

    /// Its first moment, Unix milliseconds.
    pub fn begins_ms(self) -> i64 {
        self.begins_ms
    }

    /// The first moment after it.
    pub fn ends_ms(self) -> i64 {
        self.begins_ms + DAY_MS
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format::iso_day(self.begins_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_what_is_understood_and_nothing_else() {
        let Address { query, cursor, .. } =
            Address::read("?x=1&shape=round&q=+sea%26sky+&tag=%C3%89t%C3%A9&sort=oldest&cursor=c");
        assert_eq!(
            query.path().as_str(),
            "/library?q=sea%26sky&tag=%C3%89t%C3%A9&sort=oldest"
        );
        assert_eq!(cursor.as_deref(), Some("c"));
        assert_eq!(query.unfiltered().path().as_str(), "/library?sort=oldest");
        let filters = query.filters();
        let without: Vec<PagePath> = filters.iter().map(|(_, q)| q.path()).collect();
        let without: Vec<&str> = without.iter().map(PagePath::as_str).collect();
        assert_eq!(
            without,
            [
                "/library?tag=%C3%89t%C3%A9&sort=oldest",
                "/library?q=sea%26sky&sort=oldest"
            ]
        );
        assert_eq!(query.filter().tag.as_deref(), Some("ete"));
        assert_eq!(
            query.unfiltered().path_with("cursor", "a b").as_str(),
            "/library?sort=oldest&cursor=a+b"
        );
        let done = LibraryQuery::default().path_after(&Notice::Changed("1".to_owned()));
        assert_eq!(done.as_str(), "/library?done=1");
    }

    #[test]
    fn an_address_that_was_written_is_read_as_it_was_meant() {
        let text = "trash=1&collection=c&q=a+b&tag=t&model=m&shape=portrait&from=2024-02-29\
            &to=2026-12-31&favourite=1&shown=private&sort=oldest";
        assert_eq!(LibraryQuery::read(text).text(), text);
        let notices = [
            Notice::Changed("id".to_owned()),
            Notice::Undone(3),
            Notice::Deleted(1),
            Notice::Nothing,
        ];
        for notice in notices {
            let path = LibraryQuery::default().path_after(&notice);
            let text = path.as_str().trim_start_matches("/library");
            assert_eq!(Address::read(text).notice, Some(notice));
        }
    }
}
