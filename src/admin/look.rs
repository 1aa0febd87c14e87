//! "Look at these" on the administrators' page: who did something too often within the
//! last day. Nothing was decided about them.

use crate::{
    i18n::{Locale, td_string},
    routes::Route,
    server::abuse::{Noticed, Sign},
    ui::format,
};
use leptos::prelude::*;

/// The section; nothing where there is nobody to look at.
pub(super) fn section(locale: Locale, noticed: &[Noticed]) -> Option<AnyView> {
    if noticed.is_empty() {
        return None;
    }
    let rows: Vec<AnyView> = noticed.iter().map(|one| row(locale, one)).collect();
    let section = view! {
        <section class="card" aria-labelledby="look">
            <h2 id="look">{td_string!(locale, abuse.heading)}</h2>
            <p class="quiet">{td_string!(locale, abuse.text)}</p>
            <ul class="account-devices">{rows}</ul>
        </section>
    };
    Some(section.into_any())
}

fn row(locale: Locale, one: &Noticed) -> AnyView {
    let what = match one.sign {
        Sign::Refusals => td_string!(locale, abuse.refusals),
        Sign::Burst => td_string!(locale, abuse.burst),
        Sign::Accounts => td_string!(locale, abuse.accounts),
        Sign::SignIns => td_string!(locale, abuse.sign_ins),
    };
    let whose = match one.sign.is_of_person() {
        true => {
            let href = Route::Person(&one.whose).address(locale);
            view! { <a href=href>{td_string!(locale, abuse.person)}</a> }.into_any()
        }
        false => {
            let code: String = one.whose.chars().take(8).collect();
            view! { {td_string!(locale, abuse.network, code = code)} }.into_any()
        }
    };
    view! {
        <li>
            <span>
                {what} <br /> {whose} " · " {format::date_time(locale, one.at_ms)}
            </span>
        </li>
    }
    .into_any()
}
