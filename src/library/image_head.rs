//! What crawlers and those who share it are told of a picture's page.

#![allow(
    missing_docs,
    reason = "the properties of components become public fields"
)]

use super::{
    picture::{label, title},
    views::{Placed, PutTogether},
};
use crate::{
    gallery::oembed,
    i18n::{self, Locale, td_string, use_locale},
    model::{ImageDetail, Site, typed::isolated},
    routes::Route,
    ui::{
        head::PrivateHead,
        image_card::{alt_of, fallback_source},
        public_head::{Public, PublicHead, SharedPicture, other_forms},
        words,
    },
};
use leptos::{nonce::use_nonce, prelude::*};

/// What crawlers and those who share the page are told; nothing while it is private or in
/// no list, and of a sensitive picture no address of a file.
#[component]
pub(super) fn Head(site: Site, placed: Placed) -> impl IntoView {
    let locale = use_locale();
    let detail = placed.detail;
    let title = title(locale, &detail);
    if !detail.card.public || placed.marks.unlisted {
        return view! { <PrivateHead locale title /> }.into_any();
    }
    let absolute = |address: &str| match address.starts_with('/') {
        true => format!("{}{address}", site.origin),
        false => address.to_owned(),
    };
    let alt = alt_of(locale, &detail.card, detail.painted);
    let forms = (!placed.marks.sensitive).then(|| {
        let path = Route::Image(&detail.card.id).path();
        let forms = oembed::discovery(&site.origin, &path, locale);
        other_forms(
            forms
                .map(|(kind, address)| (kind, title.clone(), address))
                .to_vec(),
        )
    });
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
    let data = (!placed.marks.sensitive).then(|| {
        let source = source_type(detail.painted, placed.put_together.as_ref());
        let data = structured_data(locale, &detail, &alt, source, absolute);
        view! {
            <script type="application/ld+json" nonce=use_nonce()>
                {data}
            </script>
        }
    });
    view! {
        <PublicHead locale site page />
        {forms}
        {data}
    }
    .into_any()
}

/// One sentence about the picture: what is seen, its words, or what made it.
fn description(locale: Locale, detail: &ImageDetail) -> String {
    let words = match detail.card.alt.as_str() {
        "" => words::shortened(&detail.card.prompt, 180),
        alt => words::shortened(alt, 180),
    };
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

/// What made the picture, in the words of the IPTC: as its file says it.
fn source_type(painted: bool, how: Option<&PutTogether>) -> &'static str {
    match how {
        Some(PutTogether::Made(_)) => "compositeWithTrainedAlgorithmicMedia",
        _ if painted => "algorithmicMedia",
        _ => "trainedAlgorithmicMedia",
    }
}

/// The page as schema.org's `ImageObject`. `<` is written as an escape, so
/// that no prompt can end the script element.
fn structured_data(
    locale: Locale,
    detail: &ImageDetail,
    alt: &str,
    source: &str,
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
        "digitalSourceType": format!("https://cv.iptc.org/newscodes/digitalsourcetype/{source}"),
    })
    .to_string()
    .replace('<', "\\u003c")
}
