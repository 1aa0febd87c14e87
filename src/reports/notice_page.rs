//! The form for a notice about a published picture.

use super::{api::ReportPicture, cases::EMAIL_CHARS, notices, words};
use crate::{
    error::AppError,
    i18n::{self, Locale, td_string, use_locale},
    model::{
        limits::{DAY_MS, NOTICE_CHARS, PERSON_NAME_CHARS},
        notice::Reason,
        retention::RetentionRule,
    },
    routes::{self, Route},
    server::{Context, context::localised, kept_forms::Typed},
    store::notices as rows,
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        form::{Language, TextField},
        found::when_found,
        head::PrivateHead,
        platform::textarea_text,
    },
};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// What the page shows.
#[derive(Clone)]
enum Shown {
    /// The form, with what was typed before.
    Form(Typed),
    /// The picture is the reader's own.
    Own,
}

/// The page; `?kept=` is the key of what was typed before.
#[component]
pub fn ReportPage() -> impl IntoView {
    let locale = use_locale();
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let kept = use_query_map().with_untracked(|query| query.get("kept").unwrap_or_default());
    let context = Arc::new(Context::take());
    let (asked, image) = (context.clone(), id.clone());
    let found = async move { look(&asked, &image, &kept).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(&context, locale, &id, shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn look(context: &Context, image: &str, kept: &str) -> Result<Shown, AppError> {
    let about = rows::reported(&context.state.db, image, context.state.clock.now_ms()).await?;
    let about = about.ok_or(AppError::NotFound)?;
    if about.id != image {
        // It is the key of an address that is not for everybody.
        context.keep_address_secret();
    }
    let own = context
        .user()
        .await?
        .is_some_and(|user| user.id == about.user_id);
    Ok(match own {
        true => Shown::Own,
        false => Shown::Form(notices::kept(context, kept)),
    })
}

fn page(context: &Context, locale: Locale, id: &str, shown: Shown) -> AnyView {
    let title = td_string!(locale, notice.title);
    let origin = context.state.config.public_origin();
    // Only a picture that is public is called by its id here.
    let path = match uuid::Uuid::parse_str(id) {
        Ok(_) => localised(i18n::code(locale), Route::Image(id)),
        Err(_) => routes::unlisted(id).address(locale),
    };
    let picture = format!("{origin}{path}");
    let body = match shown {
        Shown::Own => view! {
            <p>
                {td_string!(locale, notice.own)} " " <a href=path.clone()>{td_string!(locale, notice.to_picture)}</a>
            </p>
        }
        .into_any(),
        Shown::Form(typed) => form(locale, id, typed),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <article class="account-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p class="lead">{td_string!(locale, notice.lead)}</p>
            </header>
            <ErrorNote error=error_in_address() />
            <section class="card">
                <p>
                    {td_string!(locale, notice.about)} " " <a href=path.clone()>{picture}</a>
                </p>
                {body}
            </section>
        </article>
    }
    .into_any()
}

fn form(locale: Locale, id: &str, typed: Typed) -> AnyView {
    let chosen = typed.of("reason");
    let reasons: Vec<AnyView> = Reason::ALL
        .into_iter()
        .map(|reason| {
            let word = reason.as_str();
            view! {
                <label class="check">
                    <input type="radio" name="notice[reason]" value=word required checked=chosen == word />
                    <span>{words::reason(locale, reason)}</span>
                </label>
            }
            .into_any()
        })
        .collect();
    let days = RetentionRule::Notices.kept_ms() / DAY_MS;
    // A mere bound: a browser counts an emoji as two, the server counts it as one.
    let bound = 2 * NOTICE_CHARS;
    view! {
        <form class="account-choices" method="post" action=ReportPicture::url()>
            <Language />
            <input type="hidden" name="notice[image]" value=id.to_owned() />
            <fieldset class="choices">
                <legend class="field-label">{td_string!(locale, notice.reason)}</legend>
                {reasons}
            </fieldset>
            <div class="field">
                <label class="field-label" for="explanation">
                    {td_string!(locale, notice.explanation)}
                </label>
                <textarea
                    id="explanation"
                    name="notice[explanation]"
                    rows="5"
                    dir="auto"
                    required
                    maxlength=bound
                    aria-describedby="explanation-hint"
                >
                    {textarea_text(&typed.of("explanation"))}
                </textarea>
                <p class="field-hint" id="explanation-hint">
                    {td_string!(locale, notice.explanation_hint, limit = NOTICE_CHARS)}
                </p>
            </div>
            {who(locale, &typed)}
            <label class="check">
                <input type="checkbox" name="notice[good_faith]" value="on" required />
                <span>{td_string!(locale, notice.good_faith)}</span>
            </label>
            <button class="button button-primary" type="submit">
                {td_string!(locale, notice.send)}
            </button>
            <p class="field-hint">{td_string!(locale, notice.after, days = days)}</p>
        </form>
    }
    .into_any()
}

/// Who writes: name, e-mail address, and a signature.
fn who(locale: Locale, typed: &Typed) -> AnyView {
    view! {
            <TextField
                id="name"
                name="notice[name]"
                label=td_string!(locale, notice.name)
                value=typed.of("name")
                limit=PERSON_NAME_CHARS
                described_by="contact-hint"
            />
            <div class="field">
                <label class="field-label" for="email">
                    {td_string!(locale, notice.email)}
                </label>
                <input
                    type="email"
                    id="email"
                    name="notice[email]"
                    maxlength=EMAIL_CHARS
                    autocomplete="email"
                    value=typed.of("email")
                    aria-describedby="contact-hint"
                />
            </div>
            <p class="field-hint" id="contact-hint">
                {td_string!(locale, notice.contact_hint)}
            </p>
            <TextField
                id="signature"
                name="notice[signature]"
                label=td_string!(locale, notice.signature)
                value=typed.of("signature")
                limit=PERSON_NAME_CHARS
                described_by="signature-hint"
            />
            <p class="field-hint" id="signature-hint">
                {td_string!(locale, notice.signature_hint)}
            </p>
    }
    .into_any()
}
