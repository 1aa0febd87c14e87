//! Everything that was ever used to make a browser leave a site, and what is
//! truly ours.

use super::*;
use url::Url;

const OURS: [&str; 14] = [
    "/",
    "/create",
    "/create/",
    "/fr",
    "/fr/library?cursor=abc",
    "/i/0190-ab_c~d.e",
    "/a?b=//c",
    "/account#close",
    "/library?q=%C3%A9t%C3%A9&tag=a%40b",
    "/library?q=a@b|c^d",
    "/create?refused=a+b#references",
    "/...a/b",
    "/@ada-1",
    "/fr/@ada?cursor=9",
];

/// `E` stands for another site's name.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "create",
    "E",
    ".E",
    "?",
    "#",
    "?next=/",
    "//E",
    "///E",
    "////E",
    "/\\E",
    "\\\\E",
    "\\/E",
    "/\\/E",
    "//E/%2f..",
    "/%2fE",
    "/%2F/E",
    "/%2f%2fE",
    "/%5cE",
    "/%5c%5cE",
    "/%5C/E",
    "/%09/E",
    "/\t/E",
    "/\n/E",
    "/\r/E",
    "/\t\n/E",
    "\t//E",
    " //E",
    "/\t\\E",
    "/.\t./\t/E",
    "/\t",
    "/%0a/E",
    "/%0d/E",
    "/%0d%0aLocation:%20//E",
    "/%00/E",
    "/\0/E",
    "/\u{2028}/E",
    "/%E2%80%A8/E",
    "https://E",
    "http:E",
    "http:/E",
    "https:///E",
    "hTTps://E",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:x",
    "mailto:a@E",
    "/.//E",
    "/..//E",
    "/./\\E",
    "/x/..//E",
    "/x/../\\E",
    "/../..//E",
    "/..",
    "/.",
    "/x/..",
    "/x/./y",
    "/%2e%2e//E",
    "/%2e//E",
    "/.%2e/E",
    "/%2E%2E/E",
    "//E@127.0.0.1",
    "/@E",
    "/@",
    "/@@ada",
    "/@ada@E",
    "/a@E",
    "/E:80",
    "/;@E",
    "/x//E",
    "/x//",
    "//",
    "/fr//E",
    "/fr/\\E",
    "/fr/\t/E",
    "/fr/%09/E",
    "/fr/%5cE",
    "/en//E",
    "/\u{feff}/E",
    "/\u{a0}/E",
    "/ /E",
    "/%20/E",
    "//%45vil.example",
    "/\u{3002}E",
    "//E%00.x",
    "/%252f%252fE",
    "/\u{b}/E",
    "/\u{c}/E",
    "/\u{1f}/E",
    "/\u{7f}/E",
    "/\u{200b}/E",
    "/\u{ad}/E",
    "/&#9;/E",
    "/{\\E",
    "/%c0%af%c0%afE",
    "/\u{ff0f}E",
    "/\u{2044}E",
    "/é",
    "/a\u{202e}b",
    "/create\r\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie:a=b",
    "/a?b=\\\\E",
    "/a?b=\t",
    "/a?\"onclick=x",
    "/a#<script>",
    "/a?`",
    "/a?é",
    "/auth/start",
    "/auth/callback?code=1",
    "/api/sign_out",
    "/api/admin_report",
];

/// Where a browser on a page of the site ends that follows this address.
fn followed(address: &str) -> Option<(Url, Url)> {
    let site = Url::parse("https://pictures.example/fr/sign-in?next=x").ok()?;
    Some((site.join(address).ok()?, site))
}

#[test]
fn our_own_addresses_pass_as_they_are() {
    for text in OURS {
        let path = LocalPath::parse(text).unwrap_or_else(|| panic!("{text} is ours"));
        assert_eq!(path.as_str(), text);
    }
}

#[test]
fn nothing_that_leads_elsewhere_passes() {
    for text in HOSTILE {
        let text = text.replace('E', "evil.example");
        assert_eq!(LocalPath::parse(&text), None, "{text:?}");
    }
    let long = format!("/{}", "a".repeat(LOCAL_PATH_MAX));
    assert_eq!(LocalPath::parse(&long), None);
    assert!(LocalPath::parse(&long[..LOCAL_PATH_MAX]).is_some());
}

/// Whatever is taken stays on the site, in both languages and as it stands in
/// an attribute, however the pieces below are put together.
#[test]
fn what_passes_never_leaves_the_site() {
    let pieces = [
        "/",
        "//",
        "\\",
        "\t",
        "\n",
        "\r",
        " ",
        ".",
        "..",
        "%2e",
        "%2f",
        "%5c",
        "%09",
        "%00",
        "@",
        ":",
        "?",
        "#",
        ";",
        "&",
        "evil.example",
        "fr",
        "en",
        "a",
        "http:",
        "javascript:",
        "\u{2028}",
        "\u{3002}",
        "[",
        "]",
        "é",
        "'",
        "\"",
        "<",
    ];
    let mut tried = 0;
    for a in pieces {
        for b in pieces {
            for c in pieces {
                for d in ["", "/", "evil.example", "//evil.example"] {
                    let text = format!("/{a}{b}{c}{d}");
                    let Some(path) = LocalPath::parse(&text) else {
                        continue;
                    };
                    tried += 1;
                    for path in [
                        path.clone(),
                        path.in_language(Locale::fr),
                        path.in_language(Locale::en),
                    ] {
                        let (url, site) = followed(path.as_str()).expect("a browser reads it");
                        assert_eq!(url.origin(), site.origin(), "{text:?}");
                        assert!(!url.path().starts_with("//"), "{text:?}");
                        assert!(!path.as_str().contains(['\t', '\n', '\r', '\\', '"', '<']));
                    }
                }
            }
        }
    }
    assert!(tried > 1000, "only {tried} were taken");
}

#[test]
fn it_knows_its_language_and_speaks_others() {
    let path = LocalPath::parse("/fr/library?q=a#b").expect("ours");
    assert_eq!(path.locale(), Locale::fr);
    assert_eq!(path.page(), "/library");
    assert_eq!(path.in_language(Locale::en).as_str(), "/library?q=a#b");
    let home = LocalPath::parse("/fr?x=1").expect("ours");
    assert_eq!((home.locale(), home.page().as_str()), (Locale::fr, "/"));
}

#[test]
fn it_survives_a_query() {
    for text in OURS {
        let path = LocalPath::parse(text).expect("ours");
        let query = format!("next={}", path.in_query());
        let read = url::form_urlencoded::parse(query.as_bytes()).next();
        let (_, read) = read.expect("a pair");
        assert_eq!(read, text);
    }
}
