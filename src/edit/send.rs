//! From the edit's form to a queued job: the picture is copied as the job's reference, the
//! mark becomes its mask, and where anything is refused neither of them stays.

use super::offer::{Exact, Offer, may_edit, offer};
use crate::{
    error::{AppError, Problem, UploadProblem},
    generate::pipeline::{self, Order},
    model::{Prompt, Settings, folding::says_nothing},
    references::{
        inputs::{self, Inputs},
        intake,
    },
    server::{AppState, incident, incoming::Received, kept_forms::Typed, secrets},
    store::{
        images,
        jobs::Enqueued,
        uploads::{self, Upload},
        users::{self, User},
    },
};
use tokio::fs;

/// The edit's form as it was sent.
#[derive(Default)]
pub(super) struct Sent {
    /// The picture's id.
    pub image: String,
    pub request_key: String,
    pub lang: String,
    pub words: String,
    /// Whether everything outside of the mark is to stay as it is.
    pub keep: bool,
    pub age: bool,
    /// Whether the mark in numbers is an ellipse.
    pub ellipse: bool,
    /// Left, top, width and height of a mark, in percent of the picture's.
    pub rectangle: [String; 4],
    /// The mark as it was painted.
    pub mask: Option<Result<Received, UploadProblem>>,
}

impl Sent {
    /// What is kept of it where it is refused: painting is not.
    pub(super) fn typed(&self) -> Typed {
        let [left, top, width, height] = &self.rectangle;
        Typed::new([
            ("words", &self.words),
            ("keep", if self.keep { "on" } else { "off" }),
            ("shape", if self.ellipse { "ellipse" } else { "" }),
            ("left", left),
            ("top", top),
            ("width", width),
            ("height", height),
        ])
    }

    /// The mark in numbers; none where not all of them are there.
    fn percents(&self) -> Result<Option<[f64; 4]>, AppError> {
        if self.rectangle.iter().all(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let mut percents = [0.0; 4];
        for (percent, text) in percents.iter_mut().zip(&self.rectangle) {
            // French writes decimals with a comma.
            let number: f64 = match text.trim().replace(',', ".").parse() {
                Ok(number) if (0.0..=100.0).contains(&number) => number,
                _ => return Err(Problem::Malformed.into()),
            };
            *percent = number;
        }
        let [left, top, width, height] = percents;
        match width > 0.0 && height > 0.0 && left < 100.0 && top < 100.0 {
            true => Ok(Some(percents)),
            false => Err(UploadProblem::MaskEmpty.into()),
        }
    }
}

/// What says which part may change.
enum Mark<'a> {
    Painted(&'a Received),
    Shape([f64; 4]),
}

/// Queues the edit and gives its job's id. Sent twice, it is one job.
pub(super) async fn take(state: &AppState, user: &User, sent: &Sent) -> Result<String, AppError> {
    let found = images::visible(&state.db, &sent.image, Some(&user.id)).await?;
    let (image, _) = found.ok_or(AppError::NotFound)?;
    may_edit(&image)?;
    let key = uuid::Uuid::parse_str(&sent.request_key).map_err(|_| Problem::Malformed)?;
    let prompt = Prompt(sent.words.clone()).tidied();
    if says_nothing(&prompt) {
        return Err(Problem::EmptyPrompt.into());
    }
    state_age(state, user, sent).await?;
    let mark = match &sent.mask {
        Some(Ok(file)) => Some(Mark::Painted(file)),
        Some(Err(problem)) => return Err((*problem).into()),
        None => sent.percents()?.map(Mark::Shape),
    };
    let offer = offer(state, &image)?;
    let settings = Settings {
        mask: mark.is_some(),
        ..offer.settings.clone()
    };
    // Before anything is made of the picture.
    offer.model.check(&prompt, &settings)?;
    let keeps_outside = mark.is_some() && sent.keep && offer.exact == Exact::Possible;
    let key = format!(
        "edit:{key}:{}",
        fingerprint(sent, &settings, keeps_outside).await?
    );
    let source = match keeps_outside {
        true => inputs::add_source(state, user, &image).await??,
        false => inputs::add_picture(state, user, &image).await??,
    };
    let edit = Edit {
        offer: &offer,
        prompt: &prompt,
        settings: &settings,
        keeps_outside,
        parent: &image.id,
        key: &key,
    };
    let queued = queue(state, user, &source, mark, sent.ellipse, edit).await;
    if !matches!(queued, Ok(Enqueued::New(_))) {
        let now_ms = state.clock.now_ms();
        uploads::remove(&state.db, &source.id, &user.id, now_ms).await?;
    }
    pipeline::job_of(state, queued?)
}

/// An edit that is to be queued.
struct Edit<'a> {
    offer: &'a Offer,
    prompt: &'a Prompt,
    settings: &'a Settings,
    keeps_outside: bool,
    parent: &'a str,
    key: &'a str,
}

async fn queue(
    state: &AppState,
    user: &User,
    source: &Upload,
    mark: Option<Mark<'_>>,
    ellipse: bool,
    edit: Edit<'_>,
) -> Result<Enqueued, AppError> {
    let mut ids = vec![source.id.clone()];
    if let Some(mark) = mark {
        if !edit
            .offer
            .model
            .edits
            .as_ref()
            .is_some_and(|edits| edits.mask)
        {
            return Err(UploadProblem::MaskNotOffered.into());
        }
        let drawn;
        let file = match mark {
            Mark::Painted(file) => file,
            Mark::Shape(percents) => {
                drawn = draw(state, source, percents, ellipse).await?;
                &drawn
            }
        };
        let mask = intake::mask(state, &user.id, source, file).await??;
        ids.push(mask.id);
    }
    let inputs = Inputs {
        ids,
        parent: Some(edit.parent.to_owned()),
        keeps_outside: edit.keeps_outside,
    };
    let order = Order {
        prompts: std::slice::from_ref(edit.prompt),
        settings: edit.settings,
        inputs: &inputs,
        key: edit.key,
    };
    pipeline::queue(state, user, &order, None).await
}

/// A mark in numbers as the file that a painted one would be.
async fn draw(
    state: &AppState,
    source: &Upload,
    percents: [f64; 4],
    ellipse: bool,
) -> Result<Received, AppError> {
    let size = (source.width, source.height);
    let work = move || imgc_pictures::rectangle_mask(size, percents, ellipse);
    let drawn = tokio::task::spawn_blocking(work).await;
    let drawn = drawn.map_err(|error| incident::internal("a mask", &error))?;
    let drawn = drawn.map_err(|error| incident::internal("a mask", &error))?;
    state.incoming.keep(&drawn).await
}

/// What makes two forms of one key two edits: everything they ask for.
async fn fingerprint(
    sent: &Sent,
    settings: &Settings,
    keeps_outside: bool,
) -> Result<String, AppError> {
    let painted = match &sent.mask {
        Some(Ok(file)) => fs::read(&file.path)
            .await
            .map_err(|error| incident::internal("incoming files", &error))?,
        _ => Vec::new(),
    };
    let painted = secrets::sha256(&painted);
    let asked = (&sent.image, &sent.words, settings, keeps_outside);
    let mark = (&sent.rectangle, sent.ellipse, painted);
    let content = serde_json::to_vec(&(asked, mark));
    let content = content.map_err(|error| incident::internal("request key", &error))?;
    Ok(secrets::sha256(&content))
}

/// Whoever makes their first picture here states their age as in the composer.
async fn state_age(state: &AppState, user: &User, sent: &Sent) -> Result<(), AppError> {
    let Some(age) = pipeline::age_to_state(state, Some(user)) else {
        return Ok(());
    };
    if !sent.age {
        return Err(Problem::AgeNotStated.into());
    }
    let now_ms = state.clock.now_ms();
    users::keep_form(&state.db, &user.id, None, Some(age), now_ms).await?;
    Ok(())
}
