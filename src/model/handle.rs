//! Handles: the names by which others point at a person, and which of them nobody may
//! have, because they look like somebody else's or like the service's own.

use super::{limits::HANDLE_CHARS, typed::is_invisible};

/// What sounds as if the service itself spoke, or is a place of its own.
const RESERVED: [&str; 50] = [
    "about",
    "abuse",
    "account",
    "accounts",
    "admin",
    "admins",
    "administrator",
    "api",
    "auth",
    "billing",
    "contact",
    "copyright",
    "create",
    "demo",
    "dmca",
    "everyone",
    "feed",
    "following",
    "gallery",
    "help",
    "home",
    "imgc",
    "info",
    "legal",
    "library",
    "likes",
    "mail",
    "me",
    "mod",
    "moderation",
    "moderator",
    "news",
    "nobody",
    "null",
    "official",
    "operator",
    "police",
    "postmaster",
    "press",
    "privacy",
    "root",
    "search",
    "security",
    "service",
    "settings",
    "staff",
    "support",
    "system",
    "terms",
    "webmaster",
];

/// A handle as it is kept, out of what was typed: without an `@` before it, in small
/// letters. `None` for what is none.
pub fn parse(typed: &str) -> Option<String> {
    let bare = typed.trim_matches(is_invisible);
    let handle = bare.trim_start_matches('@').to_ascii_lowercase();
    is_handle(&handle).then_some(handle)
}

/// Letters, digits and single hyphens between them: what can be said aloud and
/// stand in an address, and what no letter of another script can imitate.
pub fn is_handle(text: &str) -> bool {
    let (least, most) = HANDLE_CHARS;
    (least..=most).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// What a handle looks like: two handles of one skeleton are told apart by nobody who is
/// in a hurry. `store/handles.rs` folds in SQL in the same order.
pub fn skeleton(handle: &str) -> String {
    handle
        .replace('-', "")
        .replace('0', "o")
        .replace(['1', 'i'], "l")
        .replace("rn", "m")
        .replace("vv", "w")
}

/// Whether nobody may take it.
pub fn is_reserved(handle: &str) -> bool {
    let looks = skeleton(handle);
    // Those of a reserved name with something short around it, too: `imgc-support`.
    let said = handle
        .split('-')
        .any(|word| ["imgc", "admin"].map(skeleton).contains(&skeleton(word)));
    said || RESERVED.iter().any(|name| skeleton(name) == looks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_has_one_skeleton() {
        for (one, other) in [
            ("ada-lovelace", "adalovelace"),
            ("b0b", "bob"),
            ("lily", "1i1y"),
            ("modern", "modem"),
            ("vvill", "will"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("ada", "eda"), ("bob", "bobo"), ("ada2", "ada3")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_typed_is_a_handle_or_none() {
        assert_eq!(parse(" @Ada-1 ").as_deref(), Some("ada-1"));
        for bad in [
            "", "@", "ab", "-ada", "ada-", "ada--b", "ada b", "аda", "a/b", "ada_b", "ada.b",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_of_the_service_are_nobodys() {
        for name in RESERVED {
            assert!(is_reserved(name), "{name}");
        }
        for name in [
            "adm1n",
            "lmgc",
            "imgc-team",
            "the-admin",
            "supp0rt",
            "a-p-i",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["ada", "administer", "helpful", "imgcat"] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
