//! The plain types both targets share: identifiers, people, jobs, images, pages.
//!
//! Times are Unix milliseconds in UTC, money is integer micro-dollars
//! (1,000,000 = one US dollar), identifiers are UUIDv7 text.

pub mod allowance;
#[cfg(feature = "ssr")]
pub mod calendar;
pub mod catalogue;
pub mod draft;
mod failure;
pub mod folding;
#[cfg(feature = "ssr")]
pub mod handle;
pub mod library;
pub mod limits;
pub mod local_path;
pub mod looks;
#[cfg(feature = "ssr")]
pub mod notice;
#[cfg(feature = "ssr")]
pub mod offence;
pub mod retention;
pub mod typed;

pub use failure::{Failure, FailureKind};
use serde::{Deserialize, Serialize};

/// What a person typed to describe a picture.
///
/// Its `Debug` shows only a length, so that no log line can hold a prompt.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prompt(pub String);

impl Prompt {
    /// The words as they are counted, sent and kept: with one kind of line break.
    #[must_use]
    pub fn tidied(&self) -> Prompt {
        Prompt(typed::lines(self))
    }
}

impl std::fmt::Debug for Prompt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Prompt({} characters)", self.0.chars().count())
    }
}

impl std::ops::Deref for Prompt {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// The person who looks at the page, as far as the page needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// The name to show.
    pub name: String,
    /// Where their picture is served, if they have one.
    pub avatar: Option<String>,
    /// Jobs of theirs that are under way.
    pub active_jobs: u32,
}

/// What every page may know of the instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Scheme and host, without a trailing slash.
    pub origin: String,
    /// Whether the built-in provider and painter serve it.
    pub demo: bool,
    /// The address people write to, where the operator gave one.
    pub contact: Option<String>,
    /// The code of the language the reader is known to prefer.
    pub preferred_language: Option<String>,
}

/// Where a job is on its way; see ARCHITECTURE.md, "From prompt to picture".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted and waiting for its turn; nothing was sent, it can be cancelled.
    Queued,
    /// The intent to call the image API is on record; the call may be under way.
    Dispatching,
    /// The API answered and its bytes are safe in the spool.
    Received,
    /// The originals are in the object store.
    Stored,
    /// The pictures are in the library.
    Ready,
    /// It ended without a picture and cost nothing.
    Failed,
    /// The request was sent and the answer was lost: nobody knows whether the API billed it.
    Unknown,
    /// The person cancelled it while it was queued.
    Cancelled,
}

impl JobState {
    /// Every state, in the order a job may pass them.
    pub const ALL: [JobState; 8] = [
        JobState::Queued,
        JobState::Dispatching,
        JobState::Received,
        JobState::Stored,
        JobState::Ready,
        JobState::Failed,
        JobState::Unknown,
        JobState::Cancelled,
    ];

    /// The word the database holds.
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Dispatching => "dispatching",
            JobState::Received => "received",
            JobState::Stored => "stored",
            JobState::Ready => "ready",
            JobState::Failed => "failed",
            JobState::Unknown => "unknown",
            JobState::Cancelled => "cancelled",
        }
    }

    /// Reads the database's word back.
    pub fn parse(word: &str) -> Option<JobState> {
        JobState::ALL.into_iter().find(|s| s.as_str() == word)
    }

    /// Whether nothing more will happen to the job by itself.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            JobState::Ready | JobState::Failed | JobState::Unknown | JobState::Cancelled
        )
    }
}

/// What was asked for at once, as its owner sees it: a job, or the jobs of one picture
/// each that it became.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JobView {
    /// The job's id.
    pub id: String,
    /// The stage it has reached.
    pub state: JobState,
    /// The prompt, the preset's words included.
    pub prompt: Prompt,
    /// The model's name for people.
    pub model_name: String,
    /// What was asked, for people to read and for "edit and retry".
    pub settings: Settings,
    /// How many jobs are ahead while queued; 0 is "next".
    pub position: Option<u32>,
    /// When it was queued, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it is tried again, Unix milliseconds, where the image API had no time for it.
    pub retry_at_ms: Option<i64>,
    /// How often the image API was asked.
    pub attempts: u32,
    /// When the call to the image API began.
    pub dispatched_at_ms: Option<i64>,
    /// When it reached a final state, Unix milliseconds.
    pub finished_at_ms: Option<i64>,
    /// The server's clock when this was read, so that "elapsed" needs no agreement on time.
    pub now_ms: i64,
    /// The reason, if it failed.
    pub failure: Option<Failure>,
    /// The reason in the reader's words; empty if there is none.
    pub said: String,
    /// Its end in a sentence; empty while it is under way.
    pub outcome: String,
    /// Its pictures in order, those to be as well. None once it ended without any.
    pub tiles: Vec<Tile>,
    /// What was set aside, then what it truly cost, in micro-dollars.
    pub cost_micros: i64,
    /// Whether `cost_micros` is settled (true) or the quote (false).
    pub settled: bool,
    /// Whether what it cost is an estimate, because the API did not count.
    pub estimated: bool,
    /// How many pictures came; `None` until an answer did.
    pub came: Option<u32>,
}

/// A picture of a job, or its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tile {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The picture, once it is there.
    pub image: Option<ImageCard>,
    /// The address of its original; until that is there, of its newest partial picture, if
    /// one arrived.
    pub file: Option<String>,
    /// Why it is not there, in the reader's words; empty if nothing is to be said.
    pub said: String,
    /// Whether it is still to come.
    pub busy: bool,
}

/// What a picture is asked to be, apart from its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The catalogue's model id.
    pub model: String,
    /// `auto` or `WIDTHxHEIGHT` in pixels.
    pub size: String,
    /// One of the model's qualities.
    pub quality: String,
    /// How many pictures, at least 1.
    pub count: u8,
    /// `png`, `jpeg` or `webp`.
    pub format: String,
    /// How much of a JPEG or WebP is kept, from 0 to 100, where it was chosen.
    #[serde(default)]
    pub compression: Option<u8>,
    /// `auto`, `opaque` or `transparent`, where the model has it.
    #[serde(default)]
    pub background: Option<String>,
    /// `vivid` or `natural`, where the model has it.
    #[serde(default)]
    pub style: Option<String>,
    /// How many reference pictures it is made from; 0 for words alone.
    #[serde(default)]
    pub references: u8,
    /// Whether a mask says which part of the first reference may change.
    #[serde(default)]
    pub mask: bool,
}

impl Settings {
    /// Number of calls to the image API: one a picture, so that each comes by itself.
    /// References would be paid for in each of them, so that there it is one.
    pub fn calls(&self) -> u8 {
        match self.references {
            0 => self.count.max(1),
            _ => 1,
        }
    }

    /// What one of its calls asks for.
    #[must_use]
    pub fn of_one_call(&self) -> Settings {
        let count = self.count / self.calls();
        Settings {
            count,
            ..self.clone()
        }
    }
}

/// One rendition of a picture for `srcset`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// The file's address.
    pub src: String,
    /// The width in pixels.
    pub width: u32,
}

/// A picture in a grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageCard {
    /// The picture's id.
    pub id: String,
    /// The original's width in pixels.
    pub width: u32,
    /// The original's height in pixels.
    pub height: u32,
    /// What to show while it loads: `#rrggbb`.
    pub placeholder: String,
    /// WebP renditions, smallest first, or the original where there are none; never empty.
    pub renditions: Vec<Rendition>,
    /// The words that describe it; empty where its maker keeps them private.
    pub prompt: Prompt,
    /// What its maker calls it; empty if they do not.
    pub title: String,
    /// What is seen on it, in its maker's words; empty where there are none.
    pub alt: String,
    /// True if it is in the public gallery.
    pub public: bool,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// Its owner's favourite; false for anybody else.
    pub favourite: bool,
    /// In its owner's trash: whole days until it is deleted for good.
    pub days_left: Option<u32>,
}

impl ImageCard {
    /// What it is called: its title, or else its words as far as they are shown.
    pub fn name(&self) -> &str {
        match self.title.as_str() {
            "" => &self.prompt,
            title => title,
        }
    }
}

/// A picture on its own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageDetail {
    /// The picture as grids show it.
    pub card: ImageCard,
    /// Where the byte-exact original is.
    pub original: String,
    /// The JPEG that other sites show for it; `None` while it is private.
    pub shared: Option<Rendition>,
    /// `png`, `jpeg`, `webp`, or what else came.
    pub format: String,
    /// The original's size in bytes.
    pub bytes: u64,
    /// Hex SHA-256 of the original.
    pub sha256: String,
    /// Whether the original carries Content Credentials (C2PA).
    pub credentials: bool,
    /// The model's name for people.
    pub model_name: String,
    /// The settings it was made with.
    pub settings: Settings,
    /// The prompt the API says it used instead, if it did.
    pub revised_prompt: Option<Prompt>,
    /// This picture's share of the job's cost; `None` for anybody but its owner.
    pub cost_micros: Option<i64>,
    /// Whether that is an estimate.
    pub cost_estimated: bool,
    /// When it was published, Unix milliseconds; `None` while it is private.
    pub published_at_ms: Option<i64>,
    /// Whether the viewer may publish, unpublish and delete it.
    pub mine: bool,
    /// The absolute address of this page, for `canonical` and OpenGraph.
    pub canonical: String,
    /// Who shows it, for the credit line.
    pub author: String,
    /// How others can point at them, if they chose one.
    pub handle: Option<String>,
    /// Whether the pictures here come from the built-in painter rather than a model.
    pub painted: bool,
    /// The picture it was remixed from, where the viewer may see that one too.
    pub parent: Option<ImageCard>,
    /// The pictures remixed from it that the viewer may see, newest first.
    pub remixes: Vec<ImageCard>,
    /// How its owner keeps it; `None` for anybody else.
    pub keeping: Option<library::Keeping>,
}

/// One page of a list, and where the next one starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The entries, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Page {
            items: Vec::new(),
            next: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_states_and_failures_read_back() {
        for state in JobState::ALL {
            assert_eq!(JobState::parse(state.as_str()), Some(state));
        }
        for kind in FailureKind::ALL {
            assert_eq!(FailureKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(JobState::parse("QUEUED"), None);
    }

    #[test]
    fn a_prompt_does_not_show_in_debug_output() {
        let shown = format!("{:?}", Prompt("a secret garden".into()));
        assert!(!shown.contains("secret"));
    }
}
