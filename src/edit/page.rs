//! The page on which a picture is edited, and on which what came of it is seen.

use super::{
    form::{self, JOB, KEPT},
    offer::{Offer, may_edit, offer},
    paint, thread,
};
use crate::{
    error::AppError,
    generate::{
        job_page::{REFRESH, outcome},
        job_view::{Actions, Progress, Stage, Status},
        pipeline,
    },
    i18n::{self, Locale, td_string, use_locale},
    model::{JobState, JobView},
    routes::{self, Route, job_events},
    server::{Context, kept_forms::Typed},
    store::threads::{self, Thread},
    ui::{
        error_view::{ErrorNote, ErrorPage, error_in_address},
        found::when_found,
        head::PrivateHead,
        icon::icon,
    },
};
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use std::sync::Arc;

/// What the page shows.
#[derive(Clone)]
pub(super) struct Shown {
    pub thread: Thread,
    /// The person's id.
    pub user_id: String,
    /// What can be asked for, or why nothing can.
    pub offer: Result<Offer, AppError>,
    /// What was typed and refused.
    pub typed: Typed,
    /// The age that is still to be stated.
    pub age_to_state: Option<u32>,
    /// The edit that was sent from here, unless it is done.
    pub job: Option<JobView>,
    /// Whom to turn to.
    pub contact: Option<String>,
}

/// The page; the picture is that of the address, as far as the person may see it.
#[component]
pub fn EditPage() -> impl IntoView {
    let locale = use_locale();
    let context = Arc::new(Context::take());
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let named =
        |name: &str| use_query_map().with_untracked(|query| query.get(name).unwrap_or_default());
    let (job, kept) = (named(JOB), named(KEPT));
    let asked = context.clone();
    let found = async move { found(&asked, locale, &id, &job, &kept).await };
    when_found(found, move |found| match found {
        Ok(shown) => page(locale, &shown),
        Err(error) => {
            let error = context.with_status(error);
            view! { <ErrorPage error /> }.into_any()
        }
    })
}

async fn found(
    context: &Context,
    locale: Locale,
    id: &str,
    job: &str,
    kept: &str,
) -> Result<Shown, AppError> {
    let lang = i18n::code(locale);
    let here = match kept {
        "" => routes::edit(id),
        kept => routes::edit(id).with(KEPT, kept),
    };
    let user = context.require_user_or_sign_in(lang, here).await?;
    let state = &context.state;
    let thread = threads::read(&state.db, id, &user.id).await?;
    let thread = thread.ok_or(AppError::NotFound)?;
    let job = match job {
        "" => None,
        job => {
            let request = pipeline::request(state, &user.id, job, locale).await;
            request.ok().map(|request| request.view)
        }
    };
    let tiles = job.iter().flat_map(|job| &job.tiles);
    let made = tiles.filter_map(|tile| tile.image.as_ref()).next();
    if let Some(made) = made {
        context.redirect(lang, routes::edit(&made.id));
    }
    let offer = may_edit(&thread.image).and_then(|()| offer(state, &thread.image));
    Ok(Shown {
        offer,
        typed: form::typed(state, &user.id, id, kept),
        age_to_state: pipeline::age_to_state(state, Some(&user)),
        job: job.filter(|job| job.state != JobState::Ready),
        contact: state.config.imgc.contact.clone(),
        user_id: user.id,
        thread,
    })
}

fn page(locale: Locale, shown: &Shown) -> AnyView {
    let Shown { thread, .. } = shown;
    let title = td_string!(locale, edit.title);
    let picture = Route::Image(&thread.image.id).address(locale);
    let under_way = shown.job.as_ref().filter(|job| !job.state.is_final());
    let body = match under_way {
        Some(job) => followed(locale, job.clone()),
        None => view! {
            {shown.job.as_ref().map(|job| outcome(locale, job, shown.contact.clone()))}
            <ErrorNote error=error_in_address() />
            {form_or_why(locale, shown)}
        }
        .into_any(),
    };
    view! {
        <PrivateHead locale title=title.to_string() />
        <div class="edit-page">
            <header class="page-header">
                <h1>{title}</h1>
                <p>
                    <a class="button" href=picture rel="external">
                        {icon("arrow-left")}
                        {td_string!(locale, edit.to_picture)}
                    </a>
                </p>
            </header>
            {body}
            {thread::before_and_after(locale, &shown.user_id, thread)}
            {thread::line(locale, &shown.user_id, thread)}
        </div>
    }
    .into_any()
}

/// The form, or why this picture cannot be edited now.
fn form_or_why(locale: Locale, shown: &Shown) -> AnyView {
    let offer = match &shown.offer {
        Ok(offer) => return paint::form(locale, shown, offer),
        Err(error) => error,
    };
    let (trashed, withheld) = (
        shown.thread.image.trashed_at_ms.is_some(),
        shown.thread.image.withheld,
    );
    if withheld || trashed {
        let words = match withheld {
            true => td_string!(locale, decision.withheld),
            false => td_string!(locale, edit.trashed),
        };
        return view! { <p class="note">{words}</p> }.into_any();
    }
    view! { <ErrorNote error=Some(offer.clone()) /> }.into_any()
}

/// The edit that was sent, as it goes on: the page is drawn again, and ends at what came.
fn followed(locale: Locale, job: JobView) -> AnyView {
    let (id, events) = (job.id.clone(), job_events(&job.id));
    let prompt = job.prompt.0.clone();
    let job = RwSignal::new(job);
    view! {
        <noscript inner_html=REFRESH></noscript>
        <article class="job-page" data-events=events>
            <Status job />
            <Stage job />
            <div class="job-panel">
                <Actions job id />
                <Progress job waited_ms=RwSignal::new(0) />
                <p class="prompt" dir="auto">
                    {prompt}
                </p>
                <p class="quiet">{td_string!(locale, job.close)}</p>
            </div>
        </article>
    }
    .into_any()
}
