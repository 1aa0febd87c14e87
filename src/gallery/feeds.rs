//! The feed of the gallery.

use super::atom::{self, FEED_PICTURES, Feed};
use crate::{
    i18n::{Locale, td_string},
    routes::{GALLERY_FEED, PagePath, Route},
    server::{AppState, plain_page},
    store::images,
};
use axum::{extract::State, http::HeaderMap, response::Response};

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
