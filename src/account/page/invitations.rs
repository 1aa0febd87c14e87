//! A person's invitations: the one they came by, and those that they made.

use crate::{
    i18n::{Locale, td_string, use_locale},
    store::invitations::Invitation,
    ui::format,
};
use leptos::prelude::*;

/// The section; nothing where there are none.
#[component]
pub(super) fn Invitations(came_by: Option<Invitation>, made: Vec<Invitation>) -> impl IntoView {
    if came_by.is_none() && made.is_empty() {
        return ().into_any();
    }
    let locale = use_locale();
    let came_by = came_by.map(|invitation| {
        let words = match invitation.note.is_empty() {
            true => td_string!(locale, invitation.came_by_plain),
            false => td_string!(locale, invitation.came_by),
        };
        view! {
            <p>
                {words} " " <span dir="auto">{invitation.note}</span>
            </p>
        }
    });
    let made: Vec<AnyView> = made.into_iter().map(|one| row(locale, one)).collect();
    let made = (!made.is_empty()).then(|| {
        view! {
            <p>{td_string!(locale, invitation.made)}</p>
            <ul>{made}</ul>
        }
    });
    view! {
        <section class="card" aria-labelledby="invitations">
            <h2 id="invitations">{td_string!(locale, invitation.heading)}</h2>
            {came_by}
            {made}
        </section>
    }
    .into_any()
}

fn row(locale: Locale, invitation: Invitation) -> AnyView {
    let facts = td_string!(
        locale,
        invitation.facts_own,
        made = format::date(locale, invitation.created_at_ms),
        end = format::date(locale, invitation.ends_at_ms),
        used = invitation.used,
        uses = invitation.uses
    );
    view! {
        <li>
            {facts} " " <span dir="auto">{invitation.note}</span>
        </li>
    }
    .into_any()
}
