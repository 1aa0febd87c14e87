//! What goes with the gallery and is no page of the components: its feed, and what other
//! sites show of a picture.

use super::{embed, feeds, oembed};
use crate::{
    i18n::LANGUAGES,
    routes::{self, GALLERY_FEED, OEMBED, PagePath},
    server::AppState,
};
use axum::{Router, extract::State, http::HeaderMap, routing::get};

/// What goes with the gallery and is no page of the components.
pub fn router() -> Router<AppState> {
    let router = Router::new().route(OEMBED, get(oembed::answer));
    LANGUAGES.into_iter().fold(router, |router, (locale, _)| {
        let feed = PagePath::of(GALLERY_FEED).address(locale);
        router
            .route(
                &feed,
                get(move |state: State<AppState>, headers: HeaderMap| {
                    feeds::gallery(locale, state, headers)
                }),
            )
            .route(
                &routes::tag_feed("{id}").address(locale),
                get(move |state, tag, headers| feeds::tag(locale, state, tag, headers)),
            )
            .route(
                &routes::embed("{id}").address(locale),
                get(move |state, id, headers| embed::answer(locale, state, id, headers)),
            )
    })
}
