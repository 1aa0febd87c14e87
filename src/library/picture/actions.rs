//! The owner's actions on a picture.

use super::keep::{ChangeForm, Keep};
use crate::{
    i18n::{td_string, use_locale},
    library::{
        api::{Delete, Publish, Unpublish},
        notice_bar::NoticeBar,
    },
    model::{ImageCard, library::Keeping},
    routes::words,
    ui::{
        error_view::{ErrorNote, error_in_address},
        form::PostForm,
        icon::icon,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Publish or unpublish, how it is kept, and the way to the trash.
#[component]
pub(super) fn OwnerActions(card: ImageCard, keeping: Keeping) -> impl IntoView {
    let locale = use_locale();
    let ImageCard {
        id,
        public,
        favourite,
        ..
    } = card;
    if let Some(days) = card.days_left {
        return view! { <Trashed id days /> }.into_any();
    }
    let (state, action, button, class, hint) = if public {
        (
            td_string!(locale, picture.public_text),
            Unpublish::url(),
            td_string!(locale, picture.unpublish),
            "button",
            td_string!(locale, picture.unpublish_hint),
        )
    } else {
        let text = match keeping.unlisted {
            true => td_string!(locale, picture.unlisted_text),
            false => td_string!(locale, picture.private_text),
        };
        (
            text,
            Publish::url(),
            td_string!(locale, picture.publish),
            "button button-primary",
            td_string!(locale, picture.publish_hint),
        )
    };
    let notice = keeping.notice.clone().map(|notice| {
        let picture = id.clone();
        view! { <NoticeBar notice picture /> }
    });
    view! {
        <section class="owner">
            <ErrorNote error=error_in_address() />
            {notice}
            <p>{state}</p>
            <PostForm action id=id.clone() button class />
            <p class="quiet">{hint}</p>
            <p>
                <a href=words(&id).address(locale) rel="external">
                    {td_string!(locale, words.link)}
                </a>
            </p>
        </section>
        <Keep id=id.clone() favourite keeping />
        <ChangeForm id action="trash" class="button button-danger" keys="Delete">
            {icon("trash-2")}
            {td_string!(locale, library.to_trash)}
        </ChangeForm>
    }
    .into_any()
}

/// A picture in the trash: back to the library, or away for good after a second look.
#[component]
fn Trashed(id: String, days: u32) -> impl IntoView {
    let locale = use_locale();
    let text = match days {
        0 | 1 => td_string!(locale, library.in_trash_one).to_string(),
        days => td_string!(locale, library.in_trash, count = days),
    };
    view! {
        <section class="owner">
            <ErrorNote error=error_in_address() />
            <p>{text}</p>
            <ChangeForm id=id.clone() action="restore" class="button button-primary">
                {td_string!(locale, library.restore)}
            </ChangeForm>
            <details class="danger">
                <summary>{td_string!(locale, picture.delete_open)}</summary>
                <p>{td_string!(locale, picture.delete_ask)}</p>
                <PostForm
                    action=Delete::url()
                    id
                    button=td_string!(locale, picture.delete)
                    class="button button-danger"
                />
            </details>
        </section>
    }
}
