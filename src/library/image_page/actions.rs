//! What a picture's owner can do with it.

use crate::{
    i18n::{td_string, use_locale},
    library::api::{Delete, Publish, Unpublish},
    ui::{
        error_view::{ErrorNote, error_in_address},
        form::ActsOn,
    },
};
use leptos::prelude::*;

/// Publish or unpublish, and delete after a second look.
#[component]
pub(super) fn OwnerActions(
    id: String,
    public: bool,
    publish: ServerAction<Publish>,
    unpublish: ServerAction<Unpublish>,
) -> impl IntoView {
    let locale = use_locale();
    let delete = ServerAction::<Delete>::new();
    let in_address = error_in_address();
    let error = Signal::derive(move || {
        let failed = |answer: Option<Result<(), _>>| answer.and_then(Result::err);
        failed(publish.value().get())
            .or_else(|| failed(unpublish.value().get()))
            .or_else(|| failed(delete.value().get()))
            .or_else(|| in_address.clone())
    });
    let shown = id.clone();
    let visibility = if public {
        view! {
            <p>{td_string!(locale, picture.public_text)}</p>
            <ActionForm action=unpublish>
                <ActsOn id=shown />
                <button class="button" type="submit" disabled=unpublish.pending()>
                    {td_string!(locale, picture.unpublish)}
                </button>
            </ActionForm>
            <p class="quiet">{td_string!(locale, picture.unpublish_hint)}</p>
        }
        .into_any()
    } else {
        view! {
            <p>{td_string!(locale, picture.private_text)}</p>
            <ActionForm action=publish>
                <ActsOn id=shown />
                <button class="button button-primary" type="submit" disabled=publish.pending()>
                    {td_string!(locale, picture.publish)}
                </button>
            </ActionForm>
            <p class="quiet">{td_string!(locale, picture.publish_hint)}</p>
        }
        .into_any()
    };
    view! {
        <section class="owner">
            <ErrorNote error />
            {visibility}
            <details class="danger">
                <summary>{td_string!(locale, picture.delete_open)}</summary>
                <ActionForm action=delete>
                    <ActsOn id />
                    <p>{td_string!(locale, picture.delete_ask)}</p>
                    <button class="button button-danger" type="submit" disabled=delete.pending()>
                        {td_string!(locale, picture.delete)}
                    </button>
                </ActionForm>
            </details>
        </section>
    }
}
