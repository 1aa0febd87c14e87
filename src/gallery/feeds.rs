//! The feeds of the gallery and of its tags.

use super::atom::{self, FEED_PICTURES, Feed};
use crate::{
    error::AppError,
    i18n::{Locale, td_string},
    model::{folding::folded, limits::TAG_CHARS},
    routes::{self, GALLERY_FEED, PagePath, Route},
    server::{AppState, plain_page},
    store::{images, public_lists},
};
use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use leptos_router::location::Url;

/// The newest pictures of the gallery.
pub async fn gallery(
    locale: Locale,
    State(state): State<AppState>,
    headers: HeaderMap,
) -> Response {
    let pictures = match images::newest_public(&state.db, FEED_PICTURES).await {
        Ok(pictures) => pictures,
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let feed = Feed {
        locale,
        title: td_string!(
            locale,
            site.page_title,
            page = td_string!(locale, gallery.title)
        ),
        own: PagePath::of(GALLERY_FEED),
        page: Route::Gallery.path(),
        pictures,
    };
    atom::answer(&state, &headers, &feed)
}

/// The newest pictures of a tag. Like its page, there is none of a tag that no picture has.
pub async fn tag(
    locale: Locale,
    State(state): State<AppState>,
    Path(typed): Path<String>,
    headers: HeaderMap,
) -> Response {
    let tag = folded(typed.trim());
    let is_tag = !tag.is_empty() && tag.chars().count() <= 4 * TAG_CHARS as usize;
    let found = match is_tag {
        true => public_lists::tagged_with_makers(&state.db, &tag, FEED_PICTURES).await,
        false => Ok(None),
    };
    let (name, pictures) = match found {
        Ok(Some(found)) => found,
        Ok(None) => return plain_page::error(&headers, &AppError::NotFound),
        Err(error) => return plain_page::error(&headers, &error.into()),
    };
    let escaped = Url::escape(&tag);
    let feed = Feed {
        locale,
        title: td_string!(locale, site.page_title, page = format!("#{name}")),
        own: routes::tag_feed(&escaped),
        page: routes::tag(&escaped),
        pictures,
    };
    atom::answer(&state, &headers, &feed)
}
