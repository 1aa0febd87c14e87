//! A picture and its panel: on its page, and in the lightbox.

mod actions;
mod facts;
mod keep;
mod lineage;

use crate::{
    i18n::{Locale, td_string, use_locale},
    model::ImageDetail,
    ui::{
        icon::icon,
        image_card::{STAGE_SIZES, alt_of, fallback_source, srcset, title_of},
        placeholder::Placeholder,
    },
};
use actions::OwnerActions;
use facts::Facts;
use leptos::prelude::*;
use lineage::{Lineage, Remixing};

/// What the picture is called.
pub(super) fn title(locale: Locale, detail: &ImageDetail) -> String {
    title_of(locale, &detail.card, detail.painted)
}

/// Who made it: a model, or the demo's painter.
pub(super) fn label(locale: Locale, painted: bool) -> &'static str {
    if painted {
        td_string!(locale, picture.painted)
    } else {
        td_string!(locale, picture.made_with_ai)
    }
}

/// The picture on neutral ground.
fn stage(locale: Locale, detail: &ImageDetail, closer: Option<AnyView>) -> AnyView {
    let card = &detail.card;
    view! {
        <figure class="picture-stage">
            <div class="frame">
                <Placeholder width=card.width height=card.height colour=card.placeholder.clone() />
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes=STAGE_SIZES
                    width=card.width
                    height=card.height
                    alt=alt_of(locale, card, detail.painted)
                    fetchpriority="high"
                />
            </div>
            {closer}
        </figure>
    }
    .into_any()
}

/// A button that saves a file under this name.
fn download(address: String, file: String, words: &'static str) -> AnyView {
    view! {
        <a class="button" href=address rel="external" download=file>
            {icon("download")}
            " "
            {words}
        </a>
    }
    .into_any()
}

/// The picture on neutral ground, and beside it what is known of it.
#[component]
pub(super) fn Picture(
    detail: ImageDetail,
    /// A way to look closer, under the picture.
    #[prop(optional)]
    closer: Option<AnyView>,
    /// Who made it, and what its reader may do about that.
    #[prop(optional)]
    by: Option<AnyView>,
) -> impl IntoView {
    let locale = use_locale();
    let owner = detail.keeping.clone().map(|keeping| {
        let card = detail.card.clone();
        view! { <OwnerActions card keeping /> }
    });
    let card = detail.card.clone();
    let smaller = card.renditions.last().map(|rendition| {
        let file = format!("imgc-{}-{}.webp", card.id, rendition.width);
        download(
            rendition.src.clone(),
            file,
            td_string!(locale, picture.smaller),
        )
    });
    // Whoever has an address that is not for everybody has no more than that.
    let remixing = (detail.mine || card.public).then(|| {
        let id = card.id.clone();
        view! { <Remixing id /> }
    });
    let file = format!("imgc-{}.{}", card.id, detail.format);
    let original = download(
        detail.original.clone(),
        file,
        td_string!(locale, picture.download),
    );
    view! {
        <article class="picture">
            {stage(locale, &detail, closer)}
            <div class="picture-panel">
                {by}
                <h1 dir="auto">{title(locale, &detail)}</h1>
                <p class="made-with">{label(locale, detail.painted)}</p>
                <p class="actions">
                    {original}
                    {smaller}
                </p>
                {remixing}
                {owner}
                <Facts detail=detail.clone() />
                <Lineage detail />
            </div>
        </article>
    }
}
