//! Pages of a list by the numbers of pictures.

use crate::{
    error::{AppError, Problem},
    i18n::{Locale, td_string},
    routes::PagePath,
    store::INTEGER_MAX,
};
use leptos::prelude::*;

/// Pictures on one page.
pub(super) const PAGE_SIZE: u32 = 24;

/// The number in the address that a page begins before; the greatest where there is none.
pub(super) fn before(cursor: &str) -> Result<i64, AppError> {
    if cursor.is_empty() {
        return Ok(INTEGER_MAX);
    }
    let number: Option<i64> = cursor.parse().ok();
    // One address a page: `007` and `+7` are none.
    let number = number.filter(|number| number.to_string() == cursor);
    let number = number.filter(|number| (0..=INTEGER_MAX).contains(number));
    number.ok_or_else(|| Problem::Malformed.into())
}

/// The address of a page of a list.
pub(super) fn path(list: &PagePath, cursor: &str) -> PagePath {
    match cursor {
        "" => list.clone(),
        cursor => list.clone().with("cursor", cursor),
    }
}

/// Links to the next page and back to the start.
pub(super) fn links(locale: Locale, list: &PagePath, next: Option<String>, paged: bool) -> AnyView {
    let first = paged.then(|| {
        view! {
            <a href=list.address(locale) rel="external">
                {td_string!(locale, gallery.first)}
            </a>
        }
    });
    let more = next.map(|cursor| {
        let href = path(list, &cursor).address(locale);
        view! {
            <a class="button" rel="next external" href=href>
                {td_string!(locale, gallery.more)}
            </a>
        }
    });
    view! { <nav class="pager">{first} {more}</nav> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_a_number_written_once() {
        assert_eq!(before(""), Ok(INTEGER_MAX));
        assert_eq!(before("17"), Ok(17));
        for bad in [
            "-1",
            "007",
            "+7",
            "1e3",
            "9007199254740992",
            "12-uuid",
            " 1",
            "1; DROP",
        ] {
            assert!(before(bad).is_err(), "{bad}");
        }
    }
}
