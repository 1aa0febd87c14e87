//! One picture: its row becomes what its page shows, and the page's forms.

use super::{
    action::{Action, Selection},
    browse,
    change::{Outcome, change},
    trash,
};
use crate::{
    error::AppError,
    gallery::list::cursor_after,
    i18n,
    makers::buttons::{MadeBy, Reader},
    model::{ImageCard, ImageDetail, Prompt, library::NamedValue},
    routes::{self, Route},
    server::{
        AppState, Context,
        cards::{self, card, open_card},
        context::localised,
        media,
    },
    store::{
        composites::Composite,
        image_page::{self, Own, Shown},
        images::{self, Author, Image},
        users::User,
    },
};
use serde::{Deserialize, Serialize};

/// One picture, and where it stands in the gallery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Placed {
    /// The picture.
    pub detail: ImageDetail,
    /// The id of the picture before it; `None` for the first, and while it is private.
    pub newer: Option<String>,
    /// The id of the picture after it.
    pub older: Option<String>,
    /// Where the gallery begins with this picture; `None` for its first page.
    pub cursor: Option<String>,
    /// What decisions did to it.
    pub marks: Marks,
    /// Whose it is and how liked, for whoever reads it, while it is in the lists.
    pub made_by: Option<MadeBy>,
    /// The tags that are shown with it while it is public.
    pub tags: Vec<NamedValue>,
    /// How it stands, where it is to be put together from an edit and its source.
    pub put_together: Option<PutTogether>,
    /// Who may see it, for its owner.
    pub shown_to: Option<ShownTo>,
}

/// Who may see a picture, as its owner chose.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShownTo {
    /// The key of its address, while it is unlisted.
    pub unlisted: Option<String>,
    /// When that address ends, Unix milliseconds; `None` where it does not by itself.
    pub until_ms: Option<i64>,
    /// True if its owner marked it as sensitive.
    pub sensitive: bool,
    /// Now, Unix milliseconds.
    pub now_ms: i64,
}

/// How a picture stands that is to be put together from an edit and its source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum PutTogether {
    /// It is, and this is the address of what the model sent, for its owner.
    Made(Option<String>),
    /// It is being done.
    Due,
    /// It could not be done.
    Failed,
}

impl PutTogether {
    /// Where anything is to be said of it.
    pub fn of(image: &Image, mine: bool) -> Option<PutTogether> {
        Some(match image.composite? {
            Composite::Due => PutTogether::Due,
            Composite::Failed => PutTogether::Failed,
            Composite::Made => {
                let answer = media::answer_address(image);
                PutTogether::Made(answer.filter(|_| mine))
            }
        })
    }
}

/// What decisions did to a picture, as far as its reader is told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Marks {
    /// True for the owner of a picture that a decision withdrew.
    pub withheld: bool,
    /// True if it is shown after a click alone.
    pub sensitive: bool,
    /// True if a decision has it so.
    pub decided: bool,
    /// True if a decision keeps it out of every list.
    pub unlisted: bool,
    /// True for the owner of a picture that waits for a look.
    pub held: bool,
    /// True for the owner of a copy of a picture that a decision removed.
    pub copy: bool,
}

impl Marks {
    fn of(image: &Image, own: Option<&Own>) -> Marks {
        let mine = own.is_some();
        Marks {
            withheld: mine && image.withheld,
            sensitive: image.sensitive,
            decided: image.decided_sensitive,
            unlisted: image.unlisted,
            held: mine && image.held,
            copy: own.is_some_and(|own| own.is_removed_copy),
        }
    }
}

/// One picture, as far as who asks may see it; `done` is the change that they made a
/// moment ago, empty for none.
pub async fn placed(id: &str, done: &str, lang: &str) -> Result<Placed, AppError> {
    let context = Context::take();
    let user = context.user().await?;
    of_viewer(&context.state, user.as_ref(), id, done, lang)
        .await
        .map_err(|error| context.with_status(error))
}

async fn of_viewer(
    state: &AppState,
    viewer: Option<&User>,
    id: &str,
    done: &str,
    lang: &str,
) -> Result<Placed, AppError> {
    let viewer_id = viewer.map(|u| u.id.as_str());
    let shown = image_page::read(&state.db, id, viewer_id, done).await?;
    let Shown {
        image,
        author,
        parent,
        remixes,
        newer,
        older,
        standing,
        tags,
        own,
    } = shown.ok_or(AppError::NotFound)?;
    let mine = own.is_some();
    let marks = Marks::of(&image, own.as_ref());
    let reader = match (viewer_id, mine) {
        (None, _) => Reader::Stranger,
        (_, true) => Reader::Owner,
        _ => Reader::Person,
    };
    let made_by = standing.map(|standing| MadeBy {
        standing,
        reader,
        now_ms: state.clock.now_ms(),
    });
    let put_together = PutTogether::of(&image, mine);
    let now_ms = state.clock.now_ms();
    let unlisted = image
        .slug_at(now_ms)
        .filter(|_| image.public_slug.is_none());
    let unlisted = unlisted.map(str::to_owned);
    let shown_to = mine.then(|| ShownTo {
        unlisted: unlisted.clone(),
        until_ms: image.unlisted_until_ms,
        sensitive: image.marked_sensitive,
        now_ms,
    });
    // What stands above and below it in the line of remixes may be somebody else's.
    let related = |image: &Image| card(image, viewer_id == Some(image.user_id.as_str()));
    let locale = i18n::from_code(lang);
    let cursor = newer.as_ref();
    let cursor = cursor.map(|newer| cursor_after(newer.number));
    let keeping = own.map(|own| browse::keeping(own, unlisted.is_some(), done, locale));
    let path = localised(lang, Route::Image(&image.id));
    let detail = ImageDetail {
        parent: parent.as_ref().map(related),
        remixes: remixes.iter().map(related).collect(),
        keeping,
        ..detail(state, image, author, path, mine)
    };
    Ok(Placed {
        detail,
        newer: newer.map(|place| place.id),
        older: older.map(|place| place.id),
        cursor,
        marks,
        made_by,
        tags: tags.into_iter().map(browse::tag).collect(),
        put_together,
        shown_to,
    })
}

/// An unlisted picture for whoever has its address: with nothing around it.
pub async fn unlisted(context: &Context, key: &str, lang: &str) -> Result<Placed, AppError> {
    let state = &context.state;
    let found = images::unlisted(&state.db, key, state.clock.now_ms()).await?;
    let (image, author) = found.ok_or(AppError::NotFound)?;
    let marks = Marks::of(&image, None);
    let path = localised(lang, routes::unlisted(key));
    Ok(Placed {
        detail: detail(state, image, author, path, false),
        newer: None,
        older: None,
        cursor: None,
        marks,
        made_by: None,
        tags: Vec::new(),
        put_together: None,
        shown_to: None,
    })
}

/// What the page at this path shows of a picture itself, to its owner or to others.
fn detail(state: &AppState, image: Image, author: Author, path: String, mine: bool) -> ImageDetail {
    let model = state.config.model(&image.model);
    ImageDetail {
        parent: None,
        remixes: Vec::new(),
        keeping: None,
        card: ImageCard {
            days_left: trash::days_left(&image, state.clock.now_ms()).filter(|_| mine),
            ..open_card(&image, mine)
        },
        original: media::original_address(&image, mine),
        shared: cards::shared(&image),
        canonical: format!("{}{path}", state.config.public_origin()),
        model_name: model.map_or_else(|| image.model.clone(), |m| m.name.clone()),
        cost_micros: mine.then_some(image.cost_micros),
        cost_estimated: image.cost_estimated,
        author: author.name,
        handle: author.handle,
        mine,
        painted: state.config.demo,
        credentials: image.credentials,
        format: image.format,
        bytes: image.bytes,
        sha256: image.sha256,
        settings: image.settings,
        revised_prompt: image
            .revised_prompt
            .filter(|p: &Prompt| !p.is_empty() && (mine || image.shows_prompt)),
        published_at_ms: image.published_at_ms,
    }
}

/// Does something to one picture that can be taken back; its page says so. Gives the
/// change's id; nothing was changed where that is empty.
pub async fn change_one(
    context: &Context,
    user_id: &str,
    lang: &str,
    id: &str,
    action: Action,
) -> Result<String, AppError> {
    let page = Route::Image(id);
    match change(&context.state, user_id, &action, &Selection::one(id)).await {
        Ok(Outcome::Changed(done)) => {
            context.redirect(lang, page.with("done", &done));
            Ok(done)
        }
        Ok(_) => {
            context.redirect(lang, page);
            Ok(String::new())
        }
        Err(error) => Err(context.refuse(lang, page, error)),
    }
}
