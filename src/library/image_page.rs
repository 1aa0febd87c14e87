//! One picture's page: for everybody while it is published, for its owner always.

mod actions;
mod facts;
mod keep;
mod lineage;

use super::api::image;
use crate::{
    i18n::{self, Locale, td_string, use_locale},
    model::{ImageDetail, Site, typed::isolated},
    routes::Route,
    ui::{
        data::{Shared, load, when_loaded},
        error_view::ErrorPage,
        head::{PrivateHead, Public, PublicHead, SharedPicture},
        icon::icon,
        image_card::{STAGE_SIZES, alt_text, fallback_source, srcset},
        placeholder::Placeholder,
        platform, words,
    },
};
use actions::OwnerActions;
use facts::Facts;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use lineage::{Lineage, Remixing};

/// The page of the picture the address names.
#[component]
pub fn ImagePage() -> impl IntoView {
    let language = i18n::code(use_locale()).to_owned();
    let shared = expect_context::<Shared>();
    let (params, query) = (use_params_map(), use_query_map());
    let detail = load(
        move || params.with(|params| params.get("id").unwrap_or_default()),
        move |id| {
            let done = query.with_untracked(|query| query.get("done").unwrap_or_default());
            image(id, done, language.clone())
        },
    );
    when_loaded(move || async move {
        let site = shared.site().await;
        match detail.await {
            Ok(detail) => view! {
                <Head site detail=detail.clone() />
                <Picture detail />
            }
            .into_any(),
            Err(error) => view! { <ErrorPage error /> }.into_any(),
        }
    })
}

/// The picture's title: the start of its words, or a general one.
fn title(locale: Locale, detail: &ImageDetail) -> String {
    let short = words::shortened(&detail.card.prompt, 60);
    if short.is_empty() {
        alt_text(locale, "", detail.painted)
    } else {
        short
    }
}

/// Who made it: a model, or the demo's painter.
fn label(locale: Locale, painted: bool) -> &'static str {
    if painted {
        td_string!(locale, picture.painted)
    } else {
        td_string!(locale, picture.made_with_ai)
    }
}

/// What crawlers and those who share the page are told; nothing while it is private.
#[component]
fn Head(site: Site, detail: ImageDetail) -> impl IntoView {
    let locale = use_locale();
    let title = title(locale, &detail);
    if !detail.card.public {
        return view! { <PrivateHead locale title /> }.into_any();
    }
    let absolute = |address: &str| match address.starts_with('/') {
        true => format!("{}{address}", site.origin),
        false => address.to_owned(),
    };
    let alt = alt_text(locale, &detail.card.prompt, detail.painted);
    let page = Public {
        title,
        description: description(locale, &detail),
        path: Route::Image(&detail.card.id).path(),
        picture: detail.shared.as_ref().map(|card| SharedPicture {
            address: absolute(&card.src),
            width: card.width,
            height: scaled_height(&detail, card.width),
            alt: alt.clone(),
        }),
        kind: "article",
    };
    let data = platform::for_crawlers(|| structured_data(locale, &detail, &alt, absolute));
    view! {
        <PublicHead locale site page />
        <script type="application/ld+json" nonce=use_nonce()>
            {data}
        </script>
    }
    .into_any()
}

/// One sentence about the picture: its words, or what made it.
fn description(locale: Locale, detail: &ImageDetail) -> String {
    let words = words::shortened(&detail.card.prompt, 180);
    let made = td_string!(
        locale,
        picture.description,
        label = label(locale, detail.painted),
        model = detail.model_name.as_str()
    );
    if words.is_empty() {
        made
    } else {
        format!("{} – {made}", isolated(&words))
    }
}

fn scaled_height(detail: &ImageDetail, width: u32) -> u32 {
    let (w, h) = (
        u64::from(detail.card.width.max(1)),
        u64::from(detail.card.height),
    );
    ((u64::from(width) * h + w / 2) / w) as u32
}

/// The page as schema.org's `ImageObject`. `<` is written as an escape, so
/// that no prompt can end the script element.
fn structured_data(
    locale: Locale,
    detail: &ImageDetail,
    alt: &str,
    absolute: impl Fn(&str) -> String,
) -> String {
    let card = &detail.card;
    let thumbnail = fallback_source(&card.renditions);
    serde_json::json!({
        "@context": "https://schema.org",
        "@type": "ImageObject",
        "name": title(locale, detail),
        "description": description(locale, detail),
        "caption": alt,
        "url": detail.canonical,
        "contentUrl": absolute(&detail.original),
        "thumbnailUrl": absolute(&thumbnail),
        "encodingFormat": format!("image/{}", detail.format),
        "width": card.width,
        "height": card.height,
        "datePublished": detail.published_at_ms.map(crate::ui::format::iso),
        "dateCreated": crate::ui::format::iso(card.created_at_ms),
        "inLanguage": i18n::code(locale),
        "creditText": detail.author,
        "creator": { "@type": "Person", "name": detail.author },
        "digitalSourceType": if detail.painted {
            "https://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
        } else {
            "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
        },
    })
    .to_string()
    .replace('<', "\\u003c")
}

/// The picture on neutral ground, and a closer look at it.
fn stage(locale: Locale, detail: &ImageDetail) -> AnyView {
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
                    alt=alt_text(locale, &card.prompt, detail.painted)
                    fetchpriority="high"
                />
            </div>
            // Closed, it is not shown, and what is not shown is not loaded; but
            // without scripts browsers load everything, so a link stands in.
            <noscript>
                <a class="button" href=detail.original.clone() rel="external">
                    {td_string!(locale, picture.zoom)}
                </a>
            </noscript>
            <details class="zoom scripted">
                <summary class="button">{icon("zoom-in")} {td_string!(locale, picture.zoom)}</summary>
                <div
                    class="zoom-area"
                    tabindex="0"
                    role="region"
                    aria-label=td_string!(locale, picture.zoom_area)
                >
                    <img
                        src=detail.original.clone()
                        width=card.width
                        height=card.height
                        alt=""
                        loading="lazy"
                    />
                </div>
            </details>
        </figure>
    }
    .into_any()
}

/// The picture on neutral ground, and beside it what is known of it.
#[component]
pub(super) fn Picture(detail: ImageDetail) -> impl IntoView {
    let locale = use_locale();
    let owner = detail.keeping.clone().map(|keeping| {
        let card = detail.card.clone();
        view! { <OwnerActions card keeping /> }
    });
    let card = detail.card.clone();
    let smaller = card.renditions.last().map(|rendition| {
        view! {
            <a
                class="button"
                href=rendition.src.clone()
                rel="external"
                download=format!("imgc-{}-{}.webp", card.id, rendition.width)
            >
                {icon("download")} {td_string!(locale, picture.smaller)}
            </a>
        }
    });
    view! {
        <article class="picture">
            {stage(locale, &detail)}
            <div class="picture-panel">
                <h1 dir="auto">{title(locale, &detail)}</h1>
                <p class="made-with">{label(locale, detail.painted)}</p>
                <p class="actions">
                    <a
                        class="button"
                        href=detail.original.clone()
                        rel="external"
                        download=format!("imgc-{}.{}", card.id, detail.format)
                    >
                        {icon("download")} {td_string!(locale, picture.download)}
                    </a>
                    {smaller}
                </p>
                <Remixing id=detail.card.id.clone() />
                {owner}
                <Facts detail=detail.clone() />
                <Lineage detail />
            </div>
        </article>
    }
}
