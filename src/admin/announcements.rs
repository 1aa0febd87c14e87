//! The administrators' page of announcements: what everybody reads on every page for
//! a time.

use super::{
    api::{Announce, RemoveAnnouncement},
    case_decisions::act,
    decisions::{require_admin, require_fresh_admin},
};
use crate::{
    account,
    error::{AccountProblem, AppError, Problem},
    i18n::{self, LANGUAGES, Locale, td_string, use_locale},
    model::{
        catalogue::midnight_ms,
        folding::says_nothing,
        limits::{ANNOUNCEMENT_CHARS, ANNOUNCEMENT_DAYS, ANNOUNCEMENTS_MAX, DAY_MS},
        typed,
    },
    routes::Route,
    server::{
        AppState, Context,
        kept_forms::{self, Typed},
    },
    store::{
        announcements::{self as rows, Announcement},
        users::User,
    },
    ui::{
        confirm::confirm,
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Choice, FieldKind, Language, PostForm, Select, TextField},
        format,
        found::when_found,
        head::PrivateHead,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use std::{collections::BTreeMap, sync::Arc};

/// The record's word for one that was made.
pub(super) const ANNOUNCED: &str = "announced";
/// The record's word for one that was taken back.
pub(super) const REMOVED: &str = "announcement removed";

/// The form, as it was sent.
pub struct Form {
    /// The words in English.
    pub en: String,
    /// The words in French.
    pub fr: String,
    /// The day on which it begins, `YYYY-MM-DD`; empty for now.
    pub from: String,
    /// For how many days it is shown.
    pub days: String,
}

/// Makes an announcement, by an administrator who signed in during the last minutes;
/// until it is made the form is kept.
pub(super) async fn announce(context: &Context, admin: &User, form: &Form) -> Result<(), AppError> {
    let state = &context.state;
    require_admin(state, admin).await?;
    let (key, now_ms) = (kept_key(admin), state.clock.now_ms());
    let typed = Typed::new([
        ("en", &form.en),
        ("fr", &form.fr),
        ("from", &form.from),
        ("days", &form.days),
    ]);
    kept_forms::keep(&key, typed, now_ms);
    require_fresh_admin(state, &context.visitor, admin).await?;
    let one = read(form, now_ms)?;
    let act = act(state, admin, ANNOUNCED, "", "");
    let act_id = uuid::Uuid::now_v7().to_string();
    let added = rows::add(&state.db, &one, ANNOUNCEMENTS_MAX, (&act_id, &act)).await?;
    let (is_added, all) = added;
    know(state, all);
    // Where there are as many as may be, the page has no form.
    if !is_added {
        return Err(Problem::Malformed.into());
    }
    kept_forms::forget(&key);
    Ok(())
}

/// What the form says, with nothing left out: everybody reads it in their own language.
fn read(form: &Form, now_ms: i64) -> Result<Announcement, AppError> {
    let mut words = BTreeMap::new();
    for (locale, _) in LANGUAGES {
        let text = match locale {
            Locale::en => &form.en,
            Locale::fr => &form.fr,
        };
        let text = typed::line(text);
        if says_nothing(&text) {
            return Err(AccountProblem::NoticeEmpty.into());
        }
        if text.chars().count() > ANNOUNCEMENT_CHARS as usize {
            return Err(AccountProblem::NoticeTooLong.into());
        }
        words.insert(i18n::code(locale).to_owned(), text);
    }
    let days = form.days.parse().map_err(|_| Problem::Malformed)?;
    if !ANNOUNCEMENT_DAYS.contains(&days) {
        return Err(Problem::Malformed.into());
    }
    let starts_ms = match form.from.trim() {
        "" => now_ms,
        day => midnight_ms(day).ok_or(Problem::Malformed)?.max(now_ms),
    };
    Ok(Announcement {
        id: uuid::Uuid::now_v7().to_string(),
        words,
        starts_ms,
        ends_ms: starts_ms + i64::from(days) * DAY_MS,
    })
}

/// Takes an announcement back.
pub(super) async fn remove(context: &Context, admin: &User, id: &str) -> Result<(), AppError> {
    let state = &context.state;
    require_fresh_admin(state, &context.visitor, admin).await?;
    let act = act(state, admin, REMOVED, "", "");
    let act_id = uuid::Uuid::now_v7().to_string();
    let (is_removed, all) = rows::remove(&state.db, id, (&act_id, &act)).await?;
    know(state, all);
    is_removed.then_some(()).ok_or(AppError::NotFound)
}

/// Pages that are drawn from now on show these.
fn know(state: &AppState, all: Vec<Announcement>) {
    state.announcements.know(all);
    state.db.public().change();
}

fn kept_key(admin: &User) -> String {
    format!("announcement:{}", admin.id)
}

#[derive(Clone)]
struct Shown {
    all: Arc<[Announcement]>,
    typed: Typed,
    is_fresh: bool,
    now_ms: i64,
}

/// The page.
#[component]
pub fn AnnouncementsPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let asked = context.clone();
    let found = async move { shown(&asked, locale).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn shown(context: &Context, locale: Locale) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let page = Route::Announcements;
    let user = context.require_user_or_sign_in(lang, page).await?;
    let state = &context.state;
    require_admin(state, &user).await?;
    let now_ms = state.clock.now_ms();
    Ok(Shown {
        all: state.announcements.all(),
        typed: kept_forms::about(&kept_key(&user), now_ms),
        is_fresh: account::is_fresh(state, &context.visitor).await?,
        now_ms,
    })
}

fn page(locale: Locale, shown: Shown) -> AnyView {
    let title = td_string!(locale, announcement.title);
    let is_full = shown.all.len() >= ANNOUNCEMENTS_MAX as usize;
    let form = match shown.is_fresh {
        true if is_full => {
            view! { <p class="note">{td_string!(locale, announcement.full)}</p> }.into_any()
        }
        true => form(locale, &shown.typed),
        false => confirm(locale, Route::Announcements),
    };
    let there = shown.all.iter().filter(|one| one.ends_ms > shown.now_ms);
    let rows = there.map(|one| row(locale, one, &shown));
    let rows: Vec<AnyView> = rows.collect();
    let list = match rows.is_empty() {
        true => view! { <p class="empty">{td_string!(locale, admin.nothing)}</p> }.into_any(),
        false => view! { <ul class="account-devices">{rows}</ul> }.into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, announcement.lead)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card" aria-label=title>
                {form} {list}
            </section>
            <p>
                <a href=Route::Admin.address(locale)>{td_string!(locale, admin.title)}</a>
            </p>
        </div>
    }
    .into_any()
}

fn form(locale: Locale, typed: &Typed) -> AnyView {
    let choices = ANNOUNCEMENT_DAYS.map(|days| Choice::plain(days.to_string(), span(locale, days)));
    let chosen = match typed.of("days") {
        days if days.is_empty() => ANNOUNCEMENT_DAYS[0].to_string(),
        days => days,
    };
    view! {
        <form class="account-choices" method="post" action=Announce::url()>
            <Language />
            <TextField
                id="announcement-en"
                name="en"
                label=td_string!(locale, announcement.english)
                value=typed.of("en")
                limit=ANNOUNCEMENT_CHARS
                required=true
            />
            <TextField
                id="announcement-fr"
                name="fr"
                label=td_string!(locale, announcement.french)
                value=typed.of("fr")
                limit=ANNOUNCEMENT_CHARS
                required=true
            />
            <TextField
                id="announcement-from"
                name="from"
                label=td_string!(locale, announcement.from)
                value=typed.of("from")
                kind=FieldKind::Day
                described_by="announcement-from-hint"
            />
            <p class="field-hint" id="announcement-from-hint">
                {td_string!(locale, announcement.from_hint)}
            </p>
            <Select
                id="announcement-days"
                name="days"
                label=td_string!(locale, announcement.days)
                choices=choices.to_vec()
                chosen
            />
            <button class="button" type="submit">
                {td_string!(locale, announcement.make)}
            </button>
        </form>
    }
    .into_any()
}

fn span(locale: Locale, days: u32) -> String {
    match days {
        1 => td_string!(locale, announcement.one_day).to_owned(),
        days => td_string!(locale, announcement.some_days, days = days),
    }
}

fn row(locale: Locale, one: &Announcement, shown: &Shown) -> AnyView {
    let times = td_string!(
        locale,
        announcement.times,
        from = format::date_time(locale, one.starts_ms),
        end = format::date_time(locale, one.ends_ms)
    );
    let standing = match one.starts_ms > shown.now_ms {
        true => td_string!(locale, announcement.later),
        false => td_string!(locale, announcement.shown),
    };
    let words = LANGUAGES.map(|(language, _)| {
        let code = i18n::code(language);
        let text = one.words.get(code).cloned().unwrap_or_default();
        view! { <p lang=code>{text}</p> }.into_any()
    });
    let id = one.id.clone();
    let remove = shown.is_fresh.then(|| {
        view! {
            <PostForm
                action=RemoveAnnouncement::url()
                id=id
                button=td_string!(locale, announcement.remove)
                class="button button-small"
            />
        }
    });
    view! {
        <li>
            {Vec::from(words)}
            <p class="quiet">{standing} " · " {times}</p>
            {remove}
        </li>
    }
    .into_any()
}
