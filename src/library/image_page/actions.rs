//! What a picture's owner can do with it.

use crate::{
    i18n::{td_string, use_locale},
    library::api::{Delete, Publish, Unpublish},
    ui::{
        error_view::{ErrorNote, error_in_address},
        form::PostForm,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Publish or unpublish, and delete after a second look.
#[component]
pub(super) fn OwnerActions(id: String, public: bool) -> impl IntoView {
    let locale = use_locale();
    let (state, action, button, class, hint) = if public {
        (
            td_string!(locale, picture.public_text),
            Unpublish::url(),
            td_string!(locale, picture.unpublish),
            "button",
            td_string!(locale, picture.unpublish_hint),
        )
    } else {
        (
            td_string!(locale, picture.private_text),
            Publish::url(),
            td_string!(locale, picture.publish),
            "button button-primary",
            td_string!(locale, picture.publish_hint),
        )
    };
    view! {
        <section class="owner">
            <ErrorNote error=error_in_address() />
            <p>{state}</p>
            <PostForm action id=id.clone() button class />
            <p class="quiet">{hint}</p>
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
