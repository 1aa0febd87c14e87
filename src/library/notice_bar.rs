//! The notice of the last act, on the library's page and on a picture's.

use super::api::Undo;
use crate::{
    i18n::{td_string, use_locale},
    model::library::NamedValue,
    ui::{
        dynamic::on,
        form::{Language, sending},
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The notice of an act, and the button that takes it back.
#[component]
pub(super) fn NoticeBar(
    notice: NamedValue,
    /// The library's filters, to come back under.
    #[prop(optional)]
    query: String,
    /// The picture whose page this is, to come back to.
    #[prop(optional)]
    picture: String,
) -> impl IntoView {
    let locale = use_locale();
    let (sent, on_submit) = sending();
    let undo = (!notice.value.is_empty()).then(|| {
        view! {
            <form method="post" action=Undo::url() on:submit=on(on_submit)>
                <input type="hidden" name="id" value=notice.value />
                <input type="hidden" name="query" value=query />
                <input type="hidden" name="picture" value=picture />
                <Language />
                <button class="button" type="submit" disabled=sent>
                    {td_string!(locale, library.undo)}
                </button>
            </form>
        }
    });
    view! {
        <div class="note note-good notice">
            <p role="status">{notice.name}</p>
            {undo}
        </div>
    }
}
