//! Many prompts at once, one a line: what was typed or chosen is read, judged line by
//! line and priced before anything is asked for, and then queued as one request.

use super::{
    limits::job_of,
    pipeline::{self, Order, queue},
};
use crate::{
    error::{AppError, Problem},
    i18n::{self, Locale},
    model::{
        Prompt, Settings,
        catalogue::{Model, check_prompt},
        folding::says_nothing,
        limits::{MANY_BYTES_MAX, MANY_LINES_MAX},
        looks,
    },
    references::inputs::Inputs,
    server::{
        AppState, drafts, incident,
        multipart::{Form, Part},
        secrets,
    },
    store::users::User,
};
use axum::extract::Request;

/// The longest of the other fields, in bytes.
const FIELD_MAX: usize = 64;

/// The form as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Sent {
    /// What was typed, or the file that was chosen instead: no more than is taken, and
    /// one byte of what is too much.
    text: Vec<u8>,
    /// True in the second step, which starts what the first one showed.
    starts: bool,
    /// Chosen by the first step: started twice, it is one request.
    request_key: String,
    age_stated: bool,
}

/// Why nothing of it can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It is longer than is taken.
    TooLarge,
    /// It is no text in UTF-8.
    NotText,
    /// There is nothing in it.
    Empty,
    /// There are so many lines.
    TooMany(usize),
    /// The lines that cannot be prompts, by their numbers, and why.
    Lines(Vec<(usize, Problem)>),
    /// The settings, the person or a limit are in the way.
    Refused(AppError),
}

/// What would be started.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The words of each picture, in order.
    prompts: Vec<Prompt>,
    /// What each picture is asked to be.
    pub settings: Settings,
    /// The model's name for people.
    pub model_name: String,
    /// The price of all of them, in micro-dollars.
    pub micros: i64,
}

impl Batch {
    /// How many pictures.
    pub fn count(&self) -> usize {
        self.prompts.len()
    }
}

/// What the page says of a form.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was typed, to be corrected or started; empty where it is no text.
    pub text: String,
    /// What would be started, or why nothing can be.
    pub outcome: Result<Batch, Unfit>,
    /// The age statement was ticked.
    pub age_stated: bool,
}

/// What comes of a form.
pub enum Answer {
    /// The page says what would be started, or why it cannot be.
    Page(Box<Checked>),
    /// The request of this id was started.
    Started(String),
}

/// Reads the form, and the language of its page.
pub async fn read(request: Request) -> Result<(Locale, Sent), AppError> {
    let mut form = Form::of(request).await?;
    let mut sent = Sent::default();
    let mut lang = String::new();
    let mut file = Vec::new();
    while let Some(mut part) = form.next_part().await? {
        match part.name().to_owned().as_str() {
            "lines" => sent.text = start_of(&mut part, MANY_BYTES_MAX + 1).await?,
            "file" => file = start_of(&mut part, MANY_BYTES_MAX + 1).await?,
            "start" => {
                sent.starts = true;
                part.skip().await?;
            }
            "age" => {
                sent.age_stated = field(&mut part).await? == "on";
            }
            "request_key" => sent.request_key = field(&mut part).await?,
            "lang" => lang = field(&mut part).await?,
            _ => part.skip().await?,
        }
    }
    if !file.is_empty() {
        sent.text = file;
    }
    Ok((i18n::from_code(&lang), sent))
}

/// A short field; empty if it is no text.
async fn field(part: &mut Part<'_>) -> Result<String, AppError> {
    let bytes = start_of(part, FIELD_MAX).await?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// So many bytes of a field, which is read to its end.
async fn start_of(part: &mut Part<'_>, most: usize) -> Result<Vec<u8>, AppError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await? {
        let room = most - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(bytes)
}

/// The page that says that nothing of a form can be started, with what was typed.
pub fn refused(sent: &Sent, error: AppError) -> Answer {
    Answer::Page(Box::new(Checked {
        text: text_of(&sent.text).unwrap_or_default(),
        outcome: Err(Unfit::Refused(error)),
        age_stated: sent.age_stated,
    }))
}

/// Checks the form, and starts what it asks for if that is its step.
pub async fn answer(
    state: &AppState,
    user: &User,
    locale: Locale,
    sent: Sent,
) -> Result<Answer, AppError> {
    let checked = check(state, user, locale, &sent);
    let batch = match (&checked.outcome, sent.starts) {
        (Ok(batch), true) => batch,
        _ => return Ok(Answer::Page(Box::new(checked))),
    };
    match start(state, user, &sent, batch).await {
        Ok(id) => Ok(Answer::Started(id)),
        Err(error @ (AppError::Internal { .. } | AppError::Uncertain { .. })) => Err(error),
        Err(error) => Ok(refused(&sent, error)),
    }
}

fn check(state: &AppState, user: &User, locale: Locale, sent: &Sent) -> Checked {
    let text = text_of(&sent.text);
    let outcome = match &text {
        Ok(text) => batch(state, user, locale, text),
        Err(unfit) => Err(unfit.clone()),
    };
    Checked {
        text: text.unwrap_or_default(),
        outcome,
        age_stated: sent.age_stated,
    }
}

/// The text in these bytes, with one kind of line break.
fn text_of(bytes: &[u8]) -> Result<String, Unfit> {
    if bytes.len() > MANY_BYTES_MAX {
        return Err(Unfit::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unfit::NotText)?;
    // Some editors begin a file with a mark; a file with zeros is another kind of file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(Unfit::NotText);
    }
    Ok(Prompt(text.to_owned()).tidied().0)
}

/// The lines that say something, with their numbers, which begin at 1.
fn lines(text: &str) -> Result<Vec<(usize, Prompt)>, Unfit> {
    let numbered = (1..).zip(text.split('\n').map(str::trim));
    let said = numbered.filter(|(_, line)| !says_nothing(line));
    let lines: Vec<(usize, Prompt)> = said
        .map(|(number, line)| (number, Prompt(line.to_owned())))
        .collect();
    match lines.len() {
        0 => Err(Unfit::Empty),
        1..=MANY_LINES_MAX => Ok(lines),
        many => Err(Unfit::TooMany(many)),
    }
}

/// What the person's settings and look make of these lines. Reference pictures and a
/// mask are one prompt's, and of no meaning here.
fn batch(state: &AppState, user: &User, locale: Locale, text: &str) -> Result<Batch, Unfit> {
    let draft = drafts::of_person(state, Some(user));
    let offered = state.offered();
    let model = offered.iter().find(|model| model.id == draft.model);
    let model = model.unwrap_or(&offered[0]);
    let refused = |problem: Problem| Unfit::Refused(problem.into());
    let settings = Settings {
        count: 1,
        references: 0,
        mask: false,
        ..draft.settings(model).map_err(refused)?
    };
    let (mut prompts, mut bad) = (Vec::new(), Vec::new());
    for (number, line) in lines(text)? {
        let prompt = looks::with_look(locale, &line, &draft.look);
        match check_prompt(&prompt, model.prompt_max) {
            Ok(()) => prompts.push(prompt),
            Err(problem) => bad.push((number, problem)),
        }
    }
    if !bad.is_empty() {
        return Err(Unfit::Lines(bad));
    }
    // The settings are the same for all: one prompt shows whether they can be asked for.
    if let Some(prompt) = prompts.first() {
        model.check(prompt, &settings).map_err(refused)?;
    }
    Ok(Batch {
        micros: price(model, &settings, &prompts),
        model_name: model.name.clone(),
        prompts,
        settings,
    })
}

fn price(model: &Model, settings: &Settings, prompts: &[Prompt]) -> i64 {
    let quotes = prompts
        .iter()
        .map(|prompt| model.quote(settings, prompt.chars().count()).micros);
    quotes.fold(0, i64::saturating_add)
}

async fn start(
    state: &AppState,
    user: &User,
    sent: &Sent,
    batch: &Batch,
) -> Result<String, AppError> {
    pipeline::state_age(state, user, sent.age_stated).await?;
    let key = uuid::Uuid::parse_str(&sent.request_key).map_err(|_| Problem::Malformed)?;
    let content = serde_json::to_vec(&(&batch.prompts, &batch.settings))
        .map_err(|e| incident::internal("request key", &e))?;
    let order = Order {
        prompts: &batch.prompts,
        settings: &batch.settings,
        inputs: &Inputs::default(),
        key: &format!("{key}:{}", secrets::sha256(&content)),
    };
    let enqueued = queue(state, user, &order, None).await?;
    job_of(state, enqueued)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(usize, String)>, Unfit> {
        let found = lines(&text_of(bytes)?)?;
        Ok(found.into_iter().map(|(at, line)| (at, line.0)).collect())
    }

    #[test]
    fn a_line_is_a_prompt_whatever_ends_it_and_blank_ones_are_none() {
        let one = |at: usize, line: &str| (at, line.to_owned());
        let three = vec![one(1, "a boat"), one(3, "a fox"), one(4, "the sea")];
        for text in [
            "a boat\n\na fox\nthe sea",
            "a boat\r\n \t\r\n  a fox \r\nthe sea\r\n\r\n",
            "\u{feff}a boat\r\u{200b}\ra fox\rthe sea\r",
        ] {
            assert_eq!(read(text.as_bytes()), Ok(three.clone()), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_list_of_prompts_is_said_to_be_none() {
        assert_eq!(read(b""), Err(Unfit::Empty));
        assert_eq!(read(b"\r\n \n"), Err(Unfit::Empty));
        assert_eq!(read(b"a boat\n\xff\xfe"), Err(Unfit::NotText));
        // UTF-16, as some editors save.
        assert_eq!(read(b"a\0 \0b\0"), Err(Unfit::NotText));
        let many = "a\n".repeat(MANY_LINES_MAX);
        assert_eq!(
            read(many.as_bytes()).map(|lines| lines.len()),
            Ok(MANY_LINES_MAX)
        );
        let more = format!("{many}b");
        assert_eq!(
            read(more.as_bytes()),
            Err(Unfit::TooMany(MANY_LINES_MAX + 1))
        );
        let long = "a".repeat(MANY_BYTES_MAX);
        assert_eq!(read(long.as_bytes()).map(|lines| lines.len()), Ok(1));
        let longer = format!("{long}a");
        assert_eq!(read(longer.as_bytes()), Err(Unfit::TooLarge));
    }
}
