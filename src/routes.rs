//! Every address of the site's own, written once: the pages, which exist in
//! each language, and the addresses that are no pages and know no language.
//!
//! The features' routers answer to what is written here, and a test compares
//! the tables of pages (`http`) with it. The addresses of server functions are
//! theirs (`X::url()`).

mod makers;
mod path;

use crate::i18n::Locale;
pub use makers::*;
pub use path::PagePath;

/// A page. The ids are those of rows, as they stand in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// What imgc is.
    Home,
    /// Published pictures.
    Gallery,
    /// The composer.
    Create,
    /// A job, by its id.
    Job(&'a str),
    /// The person's own pictures.
    Library,
    /// Some of them side by side.
    Compare,
    /// A picture, by its id.
    Image(&'a str),
    /// Why one is to sign in, and the way to the provider.
    SignIn,
    /// What an invitation is, and the way on with it, by its token.
    Invitation(&'a str),
    /// Why somebody who signed in has no account.
    TurnedAway,
    /// A person's account.
    Account,
    /// What a person made and what it cost.
    Usage,
    /// The administrators' page.
    Admin,
    /// What administrators tell everybody.
    Announcements,
    /// The administrators' list of people.
    People,
    /// One of them, by their id.
    Person(&'a str),
    /// The receipt of an erasure, by its id.
    Receipt(&'a str),
    /// The form for a report of a child's account.
    ReportChild,
    /// The form for a notice about a public picture, by the picture's id.
    Report(&'a str),
    /// How a notice stands, by its number.
    Notice(&'a str),
    /// The decisions about a person's pictures and account.
    Decisions,
    /// A case, by its id: for administrators.
    Case(&'a str),
    /// The privacy policy.
    Privacy,
    /// The terms of use.
    Terms,
    /// The cookies.
    Cookies,
    /// The legal notice.
    Imprint,
    /// The accessibility statement.
    Accessibility,
}

impl<'a> Route<'a> {
    /// Every page once, with `id` where it has one.
    pub const fn every(id: &'a str) -> [Route<'a>; 27] {
        [
            Route::Home,
            Route::Gallery,
            Route::Create,
            Route::Job(id),
            Route::Library,
            Route::Compare,
            Route::Image(id),
            Route::SignIn,
            Route::Invitation(id),
            Route::TurnedAway,
            Route::Account,
            Route::Usage,
            Route::Admin,
            Route::Announcements,
            Route::People,
            Route::Person(id),
            Route::Receipt(id),
            Route::ReportChild,
            Route::Report(id),
            Route::Notice(id),
            Route::Decisions,
            Route::Case(id),
            Route::Privacy,
            Route::Terms,
            Route::Cookies,
            Route::Imprint,
            Route::Accessibility,
        ]
    }

    /// The pages that strangers are shown alike, and that hold no form: what may be
    /// kept for all of them, and fetched before anybody has chosen it.
    pub const fn public(id: &'a str) -> [Route<'a>; 8] {
        [
            Route::Home,
            Route::Gallery,
            Route::Image(id),
            Route::Privacy,
            Route::Terms,
            Route::Cookies,
            Route::Imprint,
            Route::Accessibility,
        ]
    }

    /// What its address begins with, and the id that follows. Two texts rather
    /// than one to be formatted: this is in the browser's download.
    fn pieces(self) -> (&'static str, &'a str) {
        match self {
            Route::Home => ("/", ""),
            Route::Gallery => ("/gallery", ""),
            Route::Create => ("/create", ""),
            Route::Job(id) => ("/jobs/", id),
            Route::Library => ("/library", ""),
            Route::Compare => ("/compare", ""),
            Route::Image(id) => ("/i/", id),
            Route::SignIn => ("/sign-in", ""),
            Route::Invitation(id) => (INVITATION, id),
            Route::TurnedAway => ("/turned-away", ""),
            Route::Account => ("/account", ""),
            Route::Usage => ("/usage", ""),
            Route::Admin => ("/admin", ""),
            Route::Announcements => ("/admin/announcements", ""),
            Route::People => ("/admin/people", ""),
            Route::Person(id) => ("/admin/people/", id),
            Route::Receipt(id) => ("/erasure/", id),
            Route::ReportChild => ("/report-child", ""),
            Route::Report(id) => (REPORT, id),
            Route::Notice(id) => (NOTICE, id),
            Route::Decisions => ("/decisions", ""),
            Route::Case(id) => ("/admin/cases/", id),
            Route::Privacy => ("/privacy", ""),
            Route::Terms => ("/terms", ""),
            Route::Cookies => ("/cookies", ""),
            Route::Imprint => ("/imprint", ""),
            Route::Accessibility => ("/accessibility", ""),
        }
    }

    /// Its path below the language's prefix.
    pub fn path(self) -> PagePath {
        let (page, id) = self.pieces();
        PagePath([page, id].concat())
    }

    /// Its address in a language.
    pub fn address(self, locale: Locale) -> String {
        self.path().address(locale)
    }

    /// Its path with a query of one pair; see [`PagePath::with`].
    pub fn with(self, name: &str, value: &str) -> PagePath {
        self.path().with(name, value)
    }

    /// Its path down to the element with this id.
    pub fn part(self, id: &str) -> PagePath {
        self.path().part(id)
    }

    /// The sign-in page that goes on to `next` afterwards: an address of ours
    /// with its language, as it stands in a query.
    pub fn sign_in_to(next: &str) -> PagePath {
        Route::SignIn.with("next", next)
    }

    /// Whether a path below the language's prefix, without a query, is this page's.
    pub fn is(self, path: &str) -> bool {
        let (page, id) = self.pieces();
        path.strip_prefix(page) == Some(id)
    }

    /// Whether a path below the language's prefix begins as this page's does;
    /// with an empty id, whether it is any page of its kind.
    pub fn begins(self, path: &str) -> bool {
        let (page, id) = self.pieces();
        path.strip_prefix(page)
            .is_some_and(|rest| rest.starts_with(id))
    }
}

/// What the page of an invitation begins with, below the language's prefix; the
/// token that follows is a key.
pub const INVITATION: &str = "/invitation/";
/// As [`INVITATION`], of the page of a notice; so is its number.
pub const NOTICE: &str = "/notices/";

/// How notices and decisions went, by year. This and the pages after it are drawn and
/// linked to by the server alone, so they are no [`Route`]: every name in that is in the
/// browser's download.
pub const TRANSPARENCY: &str = "/transparency";
/// Whom people and authorities write to.
pub const CONTACT: &str = "/contact";
/// The entrance for orders of authorities.
pub const ORDERS: &str = "/orders";
/// What the page of an order begins with, below the language's prefix; the number that
/// follows is a key.
pub const ORDER: &str = "/orders/";
/// Many prompts at once, one a line.
pub const MANY: &str = "/create/many";
/// What its form is sent to.
pub const MANY_FORM: &str = "/many";
/// What the page of [`TRANSPARENCY`] shows, as a table for spreadsheets.
pub const TRANSPARENCY_CSV: &str = "/transparency.csv";

/// The feed of the gallery, in each language.
pub const GALLERY_FEED: &str = "/gallery.atom";
/// What the page of an unlisted picture begins with, below the language's prefix; what
/// follows is a key.
pub const UNLISTED: &str = "/u/";
/// As [`UNLISTED`], of the form for a report of one.
pub const REPORT: &str = "/report/";
/// Where other sites ask what they may show of a picture's page.
pub const OEMBED: &str = "/oembed";

/// A public picture for the frames of other sites, by its id, in each language.
pub fn embed(id: &str) -> PagePath {
    PagePath(["/embed/", id].concat())
}

/// A person's own styles.
pub const STYLES: &str = "/styles";

/// The public pictures of a tag, as it stands in an address.
pub fn tag(escaped: &str) -> PagePath {
    PagePath(["/gallery/tag/", escaped].concat())
}

/// The feed of a tag, as it stands in an address.
pub fn tag_feed(escaped: &str) -> PagePath {
    PagePath(["/gallery/tag/", escaped, "/feed.atom"].concat())
}

/// Where a public picture is given a title, a description and tags, by its id.
pub fn words(id: &str) -> PagePath {
    PagePath(["/words/", id].concat())
}

/// Where a picture is edited, by its id.
pub fn edit(id: &str) -> PagePath {
    PagePath(["/edit/", id].concat())
}

/// An unlisted picture, by its key.
pub fn unlisted(key: &str) -> PagePath {
    PagePath([UNLISTED, key].concat())
}

/// How an order stands, by its number.
pub fn order(id: &str) -> PagePath {
    PagePath([ORDER, id].concat())
}

/// The pages that only the server knows, with `id` where one has it.
pub fn served(id: &str) -> [PagePath; 13] {
    [
        profile(id),
        PagePath::of(FOLLOWING),
        PagePath::of(LIKES),
        edit(id),
        unlisted(id),
        words(id),
        tag(id),
        PagePath::of(TRANSPARENCY),
        PagePath::of(CONTACT),
        PagePath::of(ORDERS),
        PagePath::of(MANY),
        order(id),
        PagePath::of(STYLES),
    ]
}

/// What every address of signing in begins with.
pub const AUTH: &str = "/auth/";
/// Where signing in begins: the way to the provider.
pub const SIGN_IN_START: &str = "/auth/start";
/// Where the provider sends a person back to.
pub const SIGN_IN_CALLBACK: &str = "/auth/callback";
/// Where the provider tells of accounts it no longer vouches for.
pub const SECURITY_EVENTS: &str = "/auth/events";

/// The events of all of a person's jobs.
pub const JOBS_EVENTS: &str = "/jobs/events";

/// The same, told in the language of this code.
pub fn jobs_events(lang: &str) -> String {
    [JOBS_EVENTS, "?lang=", lang].concat()
}

/// The events of a job.
pub fn job_events(id: &str) -> String {
    ["/jobs/", id, "/events"].concat()
}

/// A partial picture of a job that is under way, by its number.
pub fn job_partial(id: &str, index: &str) -> String {
    ["/jobs/", id, "/partial/", index].concat()
}

/// Many pictures of the library as one file.
pub const LIBRARY_ZIP: &str = "/library/zip";
/// Everything of a person's as one file.
pub const ACCOUNT_EXPORT: &str = "/account/export";

/// The site's own card, a JPEG, for pages that have no picture to show for them
/// where they are shared.
pub const SITE_CARD: &str = "/card.jpeg";

/// The pictures of the examples.
const EXAMPLES: &str = "/examples";

/// The picture of the example of this number, from 1.
pub fn example(number: usize) -> String {
    format!("{EXAMPLES}/{number}.webp")
}

/// Where the composer's form is sent for its pictures.
pub const UPLOADS: &str = "/uploads";
/// Where the form of an edit is sent.
pub const EDITS: &str = "/edits";
/// Where the installed app's share target sends words and pictures.
pub const SHARE: &str = "/share";

/// What the addresses of reference pictures begin with.
pub const UPLOADED: &str = "/uploads/";
/// What the addresses of published pictures begin with.
pub const MEDIA: &str = "/media/";
/// What the addresses begin with at which sensitive pictures are a few blurred pixels.
pub const VEIL: &str = "/veil/";
/// What the addresses of a person's own pictures begin with.
pub const FILES: &str = "/files/";

/// A file of a reference picture, to its owner alone.
pub fn uploaded(id: &str, file: &str) -> String {
    [UPLOADED, id, "/", file].concat()
}

/// A file of a published picture, under its public key.
pub fn media(key: &str, file: &str) -> String {
    [MEDIA, key, "/", file].concat()
}

/// What stands for a sensitive public picture in lists, by its id.
pub fn veil(id: &str) -> String {
    [VEIL, id].concat()
}

/// A file of a picture, to its owner alone.
pub fn file(id: &str, file: &str) -> String {
    [FILES, id, "/", file].concat()
}

/// The picture of a case: for administrators.
pub fn case_picture(id: &str) -> String {
    ["/admin/cases/", id, "/picture"].concat()
}

/// A sealed copy, to be opened for an authority: for administrators.
pub fn sealed_copy(id: &str) -> String {
    ["/admin/sealed/", id].concat()
}

/// The operator's figures, on an address of their own; the site has nothing there.
pub const METRICS: &str = "/metrics";

/// The costs of everybody as a table for spreadsheets, for administrators.
pub const ADMIN_COSTS: &str = "/admin/costs.csv";

/// The map of the site for crawlers: it names its files.
pub const SITEMAP: &str = "/sitemap.xml";

/// A file of the map: `pages.xml`, or its number with the same ending.
pub fn sitemap_file(file: &str) -> String {
    ["/sitemaps/", file].concat()
}

/// A signed-in person's own portrait.
pub fn avatar(user_id: &str) -> String {
    ["/avatar/", user_id].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_an_address_in_each_language() {
        assert_eq!(Route::Home.address(Locale::en), "/");
        assert_eq!(Route::Home.address(Locale::fr), "/fr");
        assert_eq!(Route::Image("1").path().as_str(), "/i/1");
        assert_eq!(Route::Receipt("1").address(Locale::fr), "/fr/erasure/1");
    }

    #[test]
    fn a_path_is_the_page_with_what_follows() {
        let path = Route::Library.with("trash", "1").with("said", "deleted-1");
        assert_eq!(path.as_str(), "/library?trash=1&said=deleted-1");
        let path = Route::Create.with("refused", "a+b").part("references");
        assert_eq!(
            path.address(Locale::fr),
            "/fr/create?refused=a+b#references"
        );
        assert_eq!(Route::Library.path().query("").as_str(), "/library");
        assert_eq!(
            Route::sign_in_to("/create").as_str(),
            "/sign-in?next=/create"
        );
    }

    #[test]
    fn pages_are_told_apart() {
        for route in Route::every("1") {
            let path = route.path();
            let same = |other: &Route<'_>| other.is(path.as_str());
            let found: Vec<Route<'_>> = Route::every("1").into_iter().filter(same).collect();
            assert_eq!(found, [route]);
        }
        assert!(Route::Job("").begins("/jobs/1") && !Route::Job("").begins("/jobs"));
        assert!(!Route::Job("").is("/jobs/1"));
    }

    /// A page that is added is missed here first, and then in the list.
    #[test]
    fn every_page_is_listed() {
        let place = |route: &Route<'_>| match route {
            Route::Home => 0,
            Route::Gallery => 1,
            Route::Create => 2,
            Route::Job(_) => 3,
            Route::Library => 4,
            Route::Compare => 5,
            Route::Image(_) => 6,
            Route::SignIn => 7,
            Route::Invitation(_) => 8,
            Route::TurnedAway => 9,
            Route::Account => 10,
            Route::Usage => 11,
            Route::Admin => 12,
            Route::Announcements => 13,
            Route::People => 14,
            Route::Person(_) => 15,
            Route::Receipt(_) => 16,
            Route::ReportChild => 17,
            Route::Report(_) => 18,
            Route::Notice(_) => 19,
            Route::Decisions => 20,
            Route::Case(_) => 21,
            Route::Privacy => 22,
            Route::Terms => 23,
            Route::Cookies => 24,
            Route::Imprint => 25,
            Route::Accessibility => 26,
        };
        let places: Vec<usize> = Route::every("").iter().map(place).collect();
        assert_eq!(places, (0..places.len()).collect::<Vec<_>>());
    }
}
