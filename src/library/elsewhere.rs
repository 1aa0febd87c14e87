//! How other sites show a picture: the code for their page.

use super::{picture::title, views::Placed};
use crate::{
    gallery::{embed, oembed},
    i18n::{Locale, td_string},
    server::AppState,
    ui::copy_button::copy_button,
};
use leptos::prelude::*;

/// What another site writes into its page to show the picture; nothing of what it may not.
pub fn code_for_others(locale: Locale, placed: &Placed) -> Option<AnyView> {
    let detail = &placed.detail;
    if !detail.card.public || placed.marks.sensitive || placed.marks.unlisted {
        return None;
    }
    let size = embed::frame_size((detail.card.width, detail.card.height), oembed::USUAL);
    let origin = expect_context::<AppState>().config.public_origin();
    let title = title(locale, detail);
    let code = embed::code(&origin, locale, &detail.card.id, &title, size);
    Some(
        view! {
            <details class="elsewhere">
                <summary>{td_string!(locale, embed.code)}</summary>
                <p class="elsewhere-code">
                    <code dir="ltr">{code}</code>
                    {copy_button(td_string!(locale, embed.copy), td_string!(locale, picture.copied))}
                </p>
            </details>
        }
        .into_any(),
    )
}
