//! Somebody's page, for everybody, where they want one: who they are in their own words,
//! and what they have published.

use super::{
    api::{Follow, Unfollow},
    buttons::{hidden_note, hide_form, problem_note},
    pager::{self, PAGE_SIZE},
};
use crate::{
    error::AppError,
    gallery::{atom::ATOM, grid::PublicGrid, list},
    i18n::{self, Locale, td_string, use_locale},
    model::{Page, Site, handle, typed::isolated},
    routes::{CONTACT, PagePath, Route, profile, profile_feed, profile_picture},
    server::{AppState, Context, public_cards::PublicCard},
    store::{
        listed::Listed,
        makers::{self, Profile},
    },
    ui::{
        density::density,
        error_view::{ErrorPage, error_in_address, sign_in_address},
        form::Language,
        found::when_found,
        public_head::{Public, PublicHead, other_forms},
    },
};
use leptos::{nonce::use_nonce, prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// Who reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Stranger,
    Person,
    /// Whose page it is.
    Oneself,
}

#[derive(Clone)]
struct Shown {
    profile: Profile,
    page: Page<PublicCard>,
    cursor: String,
    reader: Reader,
}

/// The page.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let locale = use_locale();
    let asked = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let cursor = use_query_map().with_untracked(|query| query.get("cursor").unwrap_or_default());
    let context = Arc::new(Context::take());
    let looking = context.clone();
    let found = async move { look(&looking, locale, &asked, cursor).await.map(Arc::new) };
    when_found(found, move |found| match found {
        Ok(shown) => page(&context.state, locale, &shown),
        // On the way to the address that it has.
        Err(AppError::TooLate) => ().into_any(),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

/// What there is at this handle. Whoever has no page, does not want one or is suspended is
/// not there, as if nobody had the handle.
async fn look(
    context: &Context,
    locale: Locale,
    asked: &str,
    cursor: String,
) -> Result<Shown, AppError> {
    let state = &context.state;
    let canonical = asked.to_ascii_lowercase();
    if !handle::is_handle(&canonical) {
        return Err(AppError::NotFound);
    }
    let before = pager::before(&cursor)?;
    let viewer = context.user().await?;
    let viewer_id = viewer.as_ref().map(|user| user.id.as_str());
    let now_ms = state.clock.now_ms();
    let window = (before, PAGE_SIZE + 1);
    let found = makers::profile(&state.db, &canonical, viewer_id, window, now_ms).await?;
    let (profile, rows) = found.ok_or(AppError::NotFound)?;
    if asked != profile.handle {
        context.redirect(i18n::code(locale), crate::routes::profile(&profile.handle));
        return Err(AppError::TooLate);
    }
    let reader = match viewer_id {
        None => Reader::Stranger,
        Some(id) if id == profile.user_id => Reader::Oneself,
        Some(_) => Reader::Person,
    };
    let number = |row: &Listed| row.number.to_string();
    Ok(Shown {
        profile,
        page: list::page(rows, PAGE_SIZE, viewer.as_ref(), now_ms, number),
        cursor,
        reader,
    })
}

fn page(state: &AppState, locale: Locale, shown: &Shown) -> AnyView {
    let Shown {
        profile: who,
        page,
        cursor,
        reader,
    } = shown;
    let here = profile(&who.handle);
    let list = match (who.hidden, page.items.is_empty()) {
        (true, _) => hidden_note(locale),
        (false, true) => {
            view! { <p class="empty">{td_string!(locale, makers.no_pictures)}</p> }.into_any()
        }
        (false, false) => view! { <PublicGrid items=page.items.clone() /> }.into_any(),
    };
    let next = page.next.clone().filter(|_| !who.hidden);
    let report = (*reader != Reader::Oneself).then(|| report(state, locale, &here));
    view! {
        {head(state.site(), locale, shown)}
        <section class="wall profile">
            {about(locale, who)}
            {problem_note(locale, error_in_address())}
            {acts(locale, who, *reader)}
            {density(locale)}
            {list}
            {pager::links(locale, &here, next, !cursor.is_empty())}
            {report}
        </section>
    }
    .into_any()
}

/// Who it is, in their own words: nothing of them becomes a link.
fn about(locale: Locale, who: &Profile) -> AnyView {
    let picture = who.pictured.then(|| {
        view! {
            <img
                class="profile-picture"
                src=profile_picture(&who.handle)
                width="96"
                height="96"
                alt=td_string!(locale, makers.picture_of, name = isolated(&who.name))
            />
        }
    });
    let text = (!who.text.is_empty())
        .then(|| view! { <p class="profile-text" dir="auto">{who.text.clone()}</p> });
    view! {
        <header class="page-header profile-head">
            {picture}
            <div>
                <h1 dir="auto">{who.name.clone()}</h1>
                <p class="quiet">"@" {who.handle.clone()}</p>
                {text}
            </div>
        </header>
    }
    .into_any()
}

/// Follow and hide; to a stranger the way in, to whoever it is the way to change it.
fn acts(locale: Locale, who: &Profile, reader: Reader) -> AnyView {
    match reader {
        Reader::Oneself => view! {
            <p class="actions">
                <a class="button" href=Route::Account.part("profile").address(locale) rel="external">
                    {td_string!(locale, makers.edit_profile)}
                </a>
            </p>
        }
        .into_any(),
        Reader::Stranger => {
            let href = sign_in_address(locale, &profile(&who.handle).address(locale));
            view! {
                <p class="actions">
                    <a class="button" href=href rel="external nofollow">
                        {td_string!(locale, makers.follow_sign_in)}
                    </a>
                </p>
            }
            .into_any()
        }
        Reader::Person => {
            let (action, words) = match who.followed {
                false => (Follow::url(), td_string!(locale, makers.follow)),
                true => (Unfollow::url(), td_string!(locale, makers.unfollow)),
            };
            let follow = (!who.hidden).then(|| {
                view! {
                    <form method="post" action=action>
                        <Language />
                        <input type="hidden" name="handle" value=who.handle.clone() />
                        <button class="button">{words}</button>
                    </form>
                }
            });
            view! {
                <div class="actions">
                    {follow} {hide_form(locale, ("handle", &who.handle), who.hidden)}
                </div>
            }
            .into_any()
        }
    }
}

/// The way to say that words or picture of this page break the law or the rules; each
/// picture on it has a form of its own.
fn report(state: &AppState, locale: Locale, here: &PagePath) -> AnyView {
    let words = td_string!(locale, makers.report);
    let href = match &state.config.imgc.contact {
        Some(contact) => {
            let about = format!("{}{}", state.config.public_origin(), here.as_str());
            let subject: String = url::form_urlencoded::byte_serialize(about.as_bytes()).collect();
            format!("mailto:{contact}?subject={subject}")
        }
        None => PagePath::of(CONTACT).address(locale),
    };
    view! {
        <p class="report-link">
            <a href=href rel="external nofollow">{words}</a>
        </p>
    }
    .into_any()
}

fn head(site: Site, locale: Locale, shown: &Shown) -> AnyView {
    let who = &shown.profile;
    let title = format!("{} (@{})", who.name, who.handle);
    let description = match who.text.is_empty() {
        true => td_string!(locale, makers.description, name = isolated(&who.name)),
        false => who.text.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let here = profile(&who.handle);
    let data = structured_data(&site, locale, who, &description);
    let page = Public {
        title,
        description,
        path: pager::path(&here, &shown.cursor),
        picture: None,
        kind: "profile",
    };
    let feed = profile_feed(&who.handle).address(locale);
    let feed = (ATOM, who.name.clone(), format!("{}{feed}", site.origin));
    view! {
        <PublicHead locale site page />
        {other_forms(vec![feed])}
        <script type="application/ld+json" nonce=use_nonce()>
            {data}
        </script>
    }
    .into_any()
}

/// The page as schema.org's `ProfilePage`. `<` is written as an escape, so that no words
/// can end the script element.
fn structured_data(site: &Site, locale: Locale, who: &Profile, description: &str) -> String {
    let address = format!("{}{}", site.origin, profile(&who.handle).address(locale));
    let image = format!("{}{}", site.origin, profile_picture(&who.handle));
    serde_json::json!({
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "url": address,
        "inLanguage": i18n::code(locale),
        "mainEntity": {
            "@type": "Person",
            "name": who.name,
            "alternateName": format!("@{}", who.handle),
            "identifier": who.handle,
            "description": description,
            "url": address,
            "image": who.pictured.then_some(image),
        },
    })
    .to_string()
    .replace('<', "\\u003c")
}
