//! Who may see a picture: the form of its page, which its owner alone is shown.

use super::{
    api::SetVisibility,
    views::{Placed, ShownTo},
};
use crate::{
    i18n::{Locale, td_string},
    model::limits::UNLISTED_DAYS,
    routes,
    server::AppState,
    ui::{
        copy_button::copy_button,
        form::{Choice, Language, Select},
        format,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};

/// Private, unlisted or public, until when, and whether it is sensitive.
pub fn visibility_form(locale: Locale, placed: &Placed, to: ShownTo) -> AnyView {
    let card = &placed.detail.card;
    if card.days_left.is_some() {
        return ().into_any();
    }
    let chosen = match (card.public, &to.unlisted) {
        (true, _) => "public",
        (false, Some(_)) => "unlisted",
        (false, None) => "private",
    };
    let address = to.unlisted.as_deref().map(|key| {
        let origin = expect_context::<AppState>().config.public_origin();
        let address = [origin, routes::unlisted(key).address(locale)].concat();
        address_of(locale, address, to.until_ms)
    });
    view! {
        <section class="card visibility" aria-labelledby="visibility">
            <h2 id="visibility">{td_string!(locale, visibility.title)}</h2>
            {address}
            <form class="account-choices" method="post" action=SetVisibility::url()>
                <Language />
                <input type="hidden" name="id" value=card.id.clone() />
                {who(locale, chosen)}
                {ends(locale, &to)}
                <label class="check">
                    <input type="checkbox" name="sensitive" value="on" checked=to.sensitive />
                    <span>
                        {td_string!(locale, visibility.sensitive)} " "
                        <small class="field-hint">{td_string!(locale, visibility.sensitive_hint)}</small>
                    </span>
                </label>
                <button class="button" type="submit">
                    {td_string!(locale, visibility.save)}
                </button>
            </form>
        </section>
    }
    .into_any()
}

/// The three circles of those who may see it.
fn who(locale: Locale, chosen: &'static str) -> AnyView {
    let circles = [
        (
            "private",
            td_string!(locale, picture.private),
            td_string!(locale, visibility.private_hint),
        ),
        (
            "unlisted",
            td_string!(locale, picture.unlisted),
            td_string!(locale, visibility.unlisted_hint),
        ),
        (
            "public",
            td_string!(locale, picture.public),
            td_string!(locale, visibility.public_hint),
        ),
    ];
    let radios = circles.map(|(value, name, hint)| {
        view! {
            <label class="check">
                <input type="radio" name="shown" value=value checked=chosen == value />
                <span>
                    {name} " " <small class="field-hint">{hint}</small>
                </span>
            </label>
        }
    });
    view! {
        <fieldset class="choices">
            <legend class="unseen">{td_string!(locale, visibility.title)}</legend>
            {radios.collect_view()}
        </fieldset>
    }
    .into_any()
}

/// The address of an unlisted picture, to copy, and when it ends.
fn address_of(locale: Locale, address: String, until_ms: Option<i64>) -> AnyView {
    let until = match until_ms {
        Some(ms) => td_string!(
            locale,
            visibility.until,
            when = format::date_time(locale, ms)
        ),
        None => td_string!(locale, visibility.for_ever).to_string(),
    };
    view! {
        <p class="unlisted-address">
            <a href=address.clone()>{address.clone()}</a>
            {copy_button(td_string!(locale, picture.copy_link), td_string!(locale, picture.copied))}
        </p>
        <p class="field-hint">{until}</p>
    }
    .into_any()
}

/// When the address of an unlisted picture ends.
fn ends(locale: Locale, to: &ShownTo) -> AnyView {
    let [day, week, month] = UNLISTED_DAYS.map(|days| days.to_string());
    let kept = to.until_ms.filter(|_| to.unlisted.is_some());
    let keep = kept.map(|_| Choice::plain("keep", td_string!(locale, visibility.ends_as_it_is)));
    let choices = keep
        .into_iter()
        .chain([
            Choice::plain("", td_string!(locale, visibility.ends_never)),
            Choice::plain(day, td_string!(locale, visibility.ends_day)),
            Choice::plain(week, td_string!(locale, visibility.ends_week)),
            Choice::plain(month, td_string!(locale, visibility.ends_month)),
            Choice::plain("date", td_string!(locale, visibility.ends_date)),
        ])
        .collect();
    let chosen = kept.map_or_else(String::new, |_| "keep".to_owned());
    view! {
        <Select
            id="visibility-ends"
            name="ends"
            label=td_string!(locale, visibility.ends)
            choices
            chosen
        />
        <div class="field">
            <label class="field-label" for="visibility-date">
                {td_string!(locale, visibility.date)}
            </label>
            <input
                type="date"
                id="visibility-date"
                name="date"
                min=format::iso_day(to.now_ms)
            />
        </div>
    }
    .into_any()
}
