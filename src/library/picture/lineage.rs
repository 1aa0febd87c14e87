//! Making something of a picture, and what was made of it.

use crate::{
    i18n::{td_string, use_locale},
    model::ImageDetail,
    references::api::Remix,
    routes::{Route, edit},
    ui::{
        form::PostForm,
        image_card::{ImageGrid, title_of},
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Remix and Edit, for everybody who sees the picture.
#[component]
pub(super) fn Remixing(id: String) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="remixing">
            <div class="actions">
                <PostForm
                    action=Remix::url()
                    id=id.clone()
                    button=td_string!(locale, remix.remix)
                    class="button"
                    keys="r p"
                />
                <a class="button" href=edit(&id).address(locale) rel="external">
                    {td_string!(locale, remix.edit)}
                </a>
            </div>
            <p class="quiet">{td_string!(locale, remix.hint)}</p>
        </div>
    }
}

/// The picture this one was made from, and those made from it; nothing the
/// viewer may not see.
#[component]
pub(super) fn Lineage(detail: ImageDetail) -> impl IntoView {
    let locale = use_locale();
    let parent = detail.parent.map(|parent| {
        let href = Route::Image(&parent.id).address(locale);
        let words = title_of(locale, &parent, detail.painted);
        let small = parent.renditions.first().map(|r| r.src.clone());
        view! {
            <section class="remix-of" aria-labelledby="remix-of">
                <h2 id="remix-of">{td_string!(locale, remix.of)}</h2>
                <a href=href rel="external">
                    // The words beside it say what it shows.
                    <img src=small width=parent.width height=parent.height alt="" />
                    <span dir="auto">{words}</span>
                </a>
            </section>
        }
    });
    let remixes = (!detail.remixes.is_empty()).then(|| {
        view! {
            <section class="remixes" aria-labelledby="remixes">
                <h2 id="remixes">{td_string!(locale, remix.remixes)}</h2>
                <ImageGrid items=detail.remixes />
            </section>
        }
    });
    view! {
        {parent}
        {remixes}
    }
}
