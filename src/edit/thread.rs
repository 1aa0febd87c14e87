//! What came of a picture: before and after, and every edit of the same line.

use crate::{
    i18n::{Locale, td_string},
    library::{image_page::put_together, views::PutTogether},
    routes,
    server::cards::card,
    store::{images::Image, threads::Thread},
    ui::{
        format,
        image_card::{alt_of, fallback_source, srcset},
        words,
    },
};
use leptos::prelude::*;

/// The picture before the edit and after it, one over the other. Without a script they
/// stand one beside the other.
pub(super) fn before_and_after(locale: Locale, user_id: &str, thread: &Thread) -> AnyView {
    let Some(before) = &thread.before else {
        return ().into_any();
    };
    let side = |image: &Image, class: &'static str, words: &'static str| {
        let card = card(image, image.user_id == user_id);
        view! {
            <figure class=class>
                <img
                    src=fallback_source(&card.renditions)
                    srcset=srcset(&card.renditions)
                    sizes="(min-width: 960px) 60vw, 100vw"
                    width=card.width
                    height=card.height
                    alt=alt_of(locale, &card, false)
                    loading="lazy"
                    decoding="async"
                />
                <figcaption>{words}</figcaption>
            </figure>
        }
        .into_any()
    };
    view! {
        <section class="edit-compare" aria-labelledby="before-after">
            <h2 id="before-after">{td_string!(locale, edit.before_after)}</h2>
            <div class="before-after">
                {side(before, "edit-before", td_string!(locale, edit.before))}
                {side(&thread.image, "edit-after", td_string!(locale, edit.after))}
            </div>
            <label class="edit-slider scripted">
                <span class="field-label">{td_string!(locale, edit.slider)}</span>
                <input type="range" min="0" max="100" value="50" autocomplete="off" />
            </label>
            {put_together(locale, PutTogether::of(&thread.image, thread.image.user_id == user_id))}
        </section>
    }
    .into_any()
}

/// Every edit of the line, each a place to go on from.
pub(super) fn line(locale: Locale, user_id: &str, thread: &Thread) -> AnyView {
    if thread.steps.len() < 2 {
        return ().into_any();
    }
    let steps = thread.steps.iter().map(|step| {
        let is_here = step.image.id == thread.image.id;
        let mine = step.image.user_id == user_id;
        let card = card(&step.image, mine);
        let is_first = step.depth == 0;
        let said = match is_first {
            true => td_string!(locale, edit.start).to_owned(),
            false => words::shortened(&card.prompt, 90),
        };
        let price = (mine && !is_first).then(|| {
            let (cost, about) = (step.image.cost_micros, step.image.cost_estimated);
            view! { <small class="quiet">{format::money_or_about(locale, cost, about)}</small> }
        });
        // Deeper branches than these stand below one another.
        let depth = step.depth.min(4);
        view! {
            <li data-depth=depth>
                <a
                    href=routes::edit(&card.id).address(locale)
                    aria-current=is_here.then_some("page")
                >
                    // The words beside it say what it is.
                    <img
                        src=card.renditions.first().map(|smallest| smallest.src.clone())
                        width=card.width
                        height=card.height
                        alt=""
                        loading="lazy"
                    />
                    <span dir="auto">{said}</span>
                    {price}
                </a>
            </li>
        }
        .into_any()
    });
    let steps: Vec<AnyView> = steps.collect();
    view! {
        <nav class="edit-line" aria-labelledby="edit-line">
            <h2 id="edit-line">{td_string!(locale, edit.line)}</h2>
            <ol>{steps}</ol>
        </nav>
    }
    .into_any()
}
