//! What was asked for at once, as its person sees it: one job, or the jobs of one picture
//! each that it became, told of as one.

use crate::{
    i18n::{self, Locale, td_string},
    model::{Failure, FailureKind, JobState, JobView, Prompt, Settings, Tile, catalogue},
    routes,
    server::{AppState, cards, media},
    store::{
        job_views::{ShownJob, ShownRequest},
        jobs::Job,
    },
    ui::words,
};

/// Pixels of a place whose size the model chooses.
const OPEN_SIZE: (u32, u32) = (1024, 1024);

/// The most pictures of one request that a list shows: a model makes as many at once.
const LISTED_MAX: usize = 11;

/// A request as its person sees it, and whom to listen to for news of it.
#[derive(Clone, Debug)]
pub struct Followed {
    /// What is shown.
    pub view: JobView,
    /// The ids of its jobs.
    pub jobs: Vec<String>,
}

/// The state a request is in: that of the job that says most of what is to come, and at
/// the end of the one that ended best.
pub(super) fn state_of(request: &ShownRequest) -> JobState {
    const TELLING: [JobState; 8] = [
        JobState::Dispatching,
        JobState::Queued,
        JobState::Received,
        JobState::Stored,
        JobState::Ready,
        JobState::Unknown,
        JobState::Failed,
        JobState::Cancelled,
    ];
    let has = |state: &JobState| jobs(request).any(|job| job.state == *state);
    let found = TELLING.into_iter().find(has);
    found.unwrap_or(JobState::Cancelled)
}

/// What was asked for in all.
pub(super) fn settings_of(request: &ShownRequest) -> Settings {
    let mut settings = request.job().settings.clone();
    if request.jobs.len() > 1 {
        settings.count = u8::try_from(request.jobs.len()).unwrap_or(u8::MAX);
    }
    settings
}

/// Its words, each once and each on a line of its own; empty once they went with the last
/// picture made from them.
pub(super) fn words_of(request: &ShownRequest) -> Prompt {
    Prompt(each_once(request).join("\n"))
}

/// The words of each of its calls, to be made again: where all are of the same words, of
/// as many pictures as there were, else of those whose words are still there.
pub(super) fn prompts_of(request: &ShownRequest) -> Vec<Prompt> {
    let words = match each_once(request).as_slice() {
        [one] => vec![*one; usize::from(settings_of(request).calls())],
        _ => said(request).collect(),
    };
    words
        .into_iter()
        .map(|one| Prompt(one.to_owned()))
        .collect()
}

fn said(request: &ShownRequest) -> impl Iterator<Item = &str> {
    let each = jobs(request).map(|job| &*job.prompt);
    each.filter(|words| !words.is_empty())
}

fn each_once(request: &ShownRequest) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for one in said(request) {
        if !words.contains(&one) {
            words.push(one);
        }
    }
    words
}

fn jobs(request: &ShownRequest) -> impl Iterator<Item = &Job> {
    request.jobs.iter().map(|shown| &shown.job)
}

/// The request as lists show it in a language: of many pictures the first.
pub fn in_list(state: &AppState, locale: Locale, request: &ShownRequest) -> Followed {
    let mut followed = follow(state, locale, request);
    let tiles = &mut followed.view.tiles;
    if let Some(more) = tiles.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
        tiles.truncate(LISTED_MAX);
        // Its own page has the rest.
        tiles.push(Tile {
            image: None,
            file: None,
            said: format!("+ {more}"),
            busy: false,
            ..tiles[0]
        });
    }
    followed
}

/// The request as it is shown in a language.
pub fn follow(state: &AppState, locale: Locale, request: &ShownRequest) -> Followed {
    Followed {
        view: view(state, locale, request),
        jobs: jobs(request).map(|job| job.id.clone()).collect(),
    }
}

fn view(state: &AppState, locale: Locale, request: &ShownRequest) -> JobView {
    let first = request.job();
    let standing = state_of(request);
    let settings = settings_of(request);
    let model = state.config.model(&settings.model);
    let retried = jobs(request)
        .filter(|_| standing == JobState::Queued)
        .filter_map(|job| Some((job.retry_at_ms()?, job.attempts)))
        .min();
    let queued = request.jobs.iter().filter_map(|shown| shown.ahead);
    let ended = jobs(request).filter_map(|job| job.finished_at_ms).max();
    let failure = jobs(request).find_map(|job| job.failure.clone());
    let came = jobs(request).filter_map(|job| job.pictures);
    let (cost_micros, settled) = cost(request, standing);
    let mut view = JobView {
        id: first.id.clone(),
        state: standing,
        prompt: words_of(request),
        model_name: model.map_or_else(|| settings.model.clone(), |m| m.name.clone()),
        position: queued.min().filter(|_| standing == JobState::Queued),
        created_at_ms: first.created_at_ms,
        retry_at_ms: retried.map(|(at_ms, _)| at_ms),
        attempts: retried.map_or(first.attempts, |(_, attempts)| attempts),
        dispatched_at_ms: jobs(request).filter_map(|job| job.dispatched_at_ms).min(),
        finished_at_ms: ended.filter(|_| standing.is_final()),
        now_ms: state.clock.now_ms(),
        said: failure
            .as_ref()
            .map_or_else(String::new, |f| why(locale, f)),
        outcome: String::new(),
        failure,
        tiles: tiles(state, locale, request, standing),
        cost_micros,
        settled,
        estimated: jobs(request).any(|job| job.cost_estimated),
        came: came.reduce(u32::saturating_add),
        settings,
    };
    view.outcome = outcome(locale, &view);
    if view.said.is_empty() {
        view.said = left_out(locale, request, standing);
    }
    view
}

/// That prompts went with their pictures, so that making it again leaves them out.
fn left_out(locale: Locale, request: &ShownRequest, standing: JobState) -> String {
    let there = said(request).count();
    match request.jobs.len() - there {
        gone if standing != JobState::Ready || gone == 0 || there == 0 => String::new(),
        gone if i18n::singular(locale, gone) => td_string!(locale, job.left_out_one).to_string(),
        gone => td_string!(locale, job.left_out_many, count = gone),
    }
}

/// What it costs, and whether that is known: what is set aside for pictures to come, and
/// what those that came cost.
fn cost(request: &ShownRequest, standing: JobState) -> (i64, bool) {
    let known = jobs(request).filter_map(|job| job.cost_micros);
    let known = known.reduce(i64::saturating_add);
    if standing.is_final() {
        let aside = || jobs(request).map(|job| job.reserved_micros).sum();
        return (known.unwrap_or_else(aside), known.is_some());
    }
    let to_come = jobs(request)
        .filter(|job| !job.state.is_final())
        .map(|job| job.cost_micros.unwrap_or(job.reserved_micros));
    let ended = jobs(request).filter(|job| job.state.is_final());
    let ended = ended.filter_map(|job| job.cost_micros);
    let settled = jobs(request).all(|job| job.cost_micros.is_some());
    (to_come.chain(ended).fold(0, i64::saturating_add), settled)
}

/// Why there is no picture, and what to do next.
fn why(locale: Locale, failure: &Failure) -> String {
    let (title, text) = words::failure(locale, failure.kind);
    format!("{title}. {text}")
}

/// That it is ready, with how many pictures.
pub fn ready(locale: Locale, job: &JobView) -> String {
    let there = job.tiles.iter().filter(|tile| tile.image.is_some());
    match there.count() {
        0 => td_string!(locale, job.gone).to_string(),
        count if i18n::singular(locale, count) => td_string!(locale, job.ready_one).to_string(),
        count => td_string!(locale, job.ready_many, count = count),
    }
}

/// Its end in a sentence: how many came of those asked for.
fn outcome(locale: Locale, view: &JobView) -> String {
    let asked = usize::from(view.settings.count);
    let came = view.came.unwrap_or(0) as usize;
    match view.state {
        JobState::Ready if came < asked && i18n::singular(locale, came) => {
            td_string!(locale, news.some_one, asked = asked)
        }
        JobState::Ready if came < asked => {
            td_string!(locale, news.some_many, came = came, asked = asked)
        }
        JobState::Ready => ready(locale, view),
        state if state.is_final() => td_string!(locale, news.failed).to_string(),
        _ => String::new(),
    }
}

/// Its pictures, and the places of those to be.
fn tiles(
    state: &AppState,
    locale: Locale,
    request: &ShownRequest,
    standing: JobState,
) -> Vec<Tile> {
    if standing.is_final() && standing != JobState::Ready {
        return Vec::new();
    }
    let each = request.jobs.iter();
    each.flat_map(|shown| tiles_of_job(state, locale, shown))
        .collect()
}

fn tiles_of_job(state: &AppState, locale: Locale, shown: &ShownJob) -> Vec<Tile> {
    let job = &shown.job;
    let (width, height) = catalogue::parse_size(&job.settings.size).unwrap_or(OPEN_SIZE);
    let place = Tile {
        width,
        height,
        image: None,
        file: None,
        said: String::new(),
        busy: !job.state.is_final(),
    };
    match job.state {
        JobState::Ready => {
            let there = |image| Tile {
                image: Some(cards::card(image, true)),
                file: Some(media::original_address(image, true)),
                ..place.clone()
            };
            shown.images.iter().map(there).collect()
        }
        ended if ended.is_final() => vec![Tile {
            said: not_there(locale, ended, job.failure.as_ref().map(|f| f.kind)).to_owned(),
            ..place
        }],
        _ => {
            let partial = || state.progress.newest_partial(&job.id);
            let asked = (job.state == JobState::Dispatching).then(partial);
            let address = |index: u32| routes::job_partial(&job.id, &index.to_string());
            let count = usize::from(job.settings.count.max(1));
            let together = td_string!(locale, job.together);
            let place = Tile {
                file: asked.flatten().map(|newest| address(newest.index)),
                said: [together, ""][usize::from(count == 1)].to_owned(),
                ..place
            };
            vec![place; count]
        }
    }
}

/// Why one of several pictures is not there.
fn not_there(locale: Locale, state: JobState, failure: Option<FailureKind>) -> &'static str {
    match failure {
        Some(kind) => words::failure(locale, kind).0,
        None => words::state(locale, state),
    }
}
