//! The person's own page for others: whether there is one and what stands there; whom
//! they do not want to see; the ways to what they like and whom they follow.

use crate::{
    account::api::SetProfile,
    i18n::{Locale, td_string, use_locale},
    makers::{api::ShowMaker, following_page::named},
    model::{limits::PROFILE_CHARS, typed::isolated},
    routes::{FOLLOWING, LIKES, PagePath, profile},
    store::{makers::Entry, users::Account},
    ui::{form::Language, platform::textarea_text},
};
use leptos::{prelude::*, server_fn::ServerFn};

/// The form of the page for others.
#[component]
pub(super) fn OwnProfile(account: Account, pictured: bool) -> impl IntoView {
    let locale = use_locale();
    let own = account.profile.clone();
    let picture = pictured.then(|| {
        view! {
            <label class="check">
                <input type="checkbox" name="picture" value="on" checked=own.pictured />
                <span>{td_string!(locale, makers.show_picture)}</span>
            </label>
        }
    });
    view! {
        <section class="card" aria-labelledby="profile">
            <h2 id="profile">{td_string!(locale, makers.own_profile)}</h2>
            {standing(locale, &account)}
            <form class="account-choices" method="post" action=SetProfile::url()>
                <Language />
                <label class="check">
                    <input type="checkbox" name="wanted" value="on" checked=own.wanted />
                    <span>
                        {td_string!(locale, makers.want_profile)}
                        <small class="field-hint">{td_string!(locale, makers.want_profile_hint)}</small>
                    </span>
                </label>
                {picture}
                <div class="field">
                    <label class="field-label" for="profile-text">
                        {td_string!(locale, makers.text)}
                    </label>
                    <textarea
                        id="profile-text"
                        name="text"
                        rows="4"
                        dir="auto"
                        maxlength=PROFILE_CHARS
                        aria-describedby="profile-text-hint"
                    >
                        {textarea_text(&own.text)}
                    </textarea>
                    <small class="field-hint" id="profile-text-hint">
                        {td_string!(locale, makers.text_hint, limit = PROFILE_CHARS)}
                    </small>
                </div>
                <button class="button" type="submit">
                    {td_string!(locale, account.save)}
                </button>
            </form>
            <p>
                <a href=PagePath::of(LIKES).address(locale)>{td_string!(locale, makers.liked)}</a>
                " · "
                <a href=PagePath::of(FOLLOWING).address(locale)>
                    {td_string!(locale, makers.following)}
                </a>
            </p>
        </section>
    }
}

/// Where the page is, or why there is none though it is wanted.
fn standing(locale: Locale, account: &Account) -> Option<AnyView> {
    let own = &account.profile;
    let words = match (&account.handle, own) {
        (_, own) if own.is_off => td_string!(locale, makers.is_off),
        (_, own) if !own.wanted => return None,
        (None, _) => td_string!(locale, makers.needs_handle),
        (Some(_), _) if account.keeps_private => td_string!(locale, makers.objected),
        (Some(handle), _) => {
            let href = profile(handle).address(locale);
            return Some(
                view! {
                    <p>
                        <a href=href rel="external">{td_string!(locale, makers.to_profile)} " @" {handle.clone()}</a>
                    </p>
                }
                .into_any(),
            );
        }
    };
    Some(view! { <p class="note" role="note">{words}</p> }.into_any())
}

/// Whose pictures lists leave out, each with the way back; nothing where there is nobody.
#[component]
pub(super) fn Hidden(hidden: Vec<Entry>, now_ms: i64) -> impl IntoView {
    let locale = use_locale();
    if hidden.is_empty() {
        return ().into_any();
    }
    let people: Vec<AnyView> = hidden
        .iter()
        .map(|entry| {
            view! {
                <li>
                    {named(locale, entry, now_ms)}
                    <form method="post" action=ShowMaker::url()>
                        <Language />
                        <input type="hidden" name="id" value=entry.id.clone() />
                        <button class="button button-small">
                            {td_string!(locale, makers.show)}
                            <span class="unseen">" " {isolated(&entry.maker.name)}</span>
                        </button>
                    </form>
                </li>
            }
            .into_any()
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="hidden">
            <h2 id="hidden">{td_string!(locale, makers.hidden)}</h2>
            <p class="quiet">{td_string!(locale, makers.hidden_hint)}</p>
            <ul class="makers">{people}</ul>
        </section>
    }
    .into_any()
}
