//! The gallery's pages: what was published, in an order, by words, or by a tag.

use super::asked::{List, Period, Sort};
use crate::{
    error::{AppError, Problem},
    model::{ImageCard, Page},
    server::{AppState, Context, cards::card_for},
    store::{
        DbError,
        public_lists::{self, At, Found, Listed, Ranked},
    },
};

/// Pictures on one page.
const PAGE_SIZE: u32 = 24;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pictures, and the cursor of the next page.
    pub page: Page<ImageCard>,
    /// The tag as it is written; of other lists nothing.
    pub name: Option<String>,
    /// How many there are in all, or one more than is said; `None` where nobody counts.
    pub count: Option<u32>,
}

/// The newest pictures for the home page, where nobody is shown what is sensitive.
pub async fn newest() -> Result<Page<ImageCard>, AppError> {
    let context = Context::take();
    gallery(&context.state, None, false).await
}

/// A page of the gallery, the newest first, for somebody who sees sensitive pictures as they
/// are, or not.
pub async fn gallery(
    state: &AppState,
    cursor: Option<&str>,
    sees_sensitive: bool,
) -> Result<Page<ImageCard>, AppError> {
    let (list, cursor) = (List::default(), cursor.unwrap_or_default());
    let shown = show(state, &list, cursor, sees_sensitive).await?;
    Ok(shown.page)
}

/// A page of a list; an empty cursor is its first. Sensitive pictures are as they are for
/// somebody who chose to see them.
pub async fn show(
    state: &AppState,
    list: &List,
    cursor: &str,
    sees_sensitive: bool,
) -> Result<Shown, AppError> {
    let after = list.place(cursor).ok_or(Problem::Malformed)?;
    // One row more than a page: it tells whether there is a next one.
    let limit = PAGE_SIZE + 1;
    let found = match list {
        List::All(sort, period) => {
            let pictures = ordered(state, *sort, *period, after, limit).await?;
            return Ok(shown(list, pictures, sees_sensitive));
        }
        List::Words(words) => public_lists::search(&state.db, words, after, limit).await?,
        List::Tag(folded) => public_lists::tagged(&state.db, folded, after, limit).await?,
    };
    let Found {
        name,
        pictures,
        count,
    } = found;
    Ok(Shown {
        name,
        count: Some(count),
        ..shown(list, pictures, sees_sensitive)
    })
}

async fn ordered(
    state: &AppState,
    sort: Sort,
    period: Period,
    after: At,
    limit: u32,
) -> Result<Vec<Listed>, DbError> {
    let by = match sort {
        Sort::Newest => {
            let since_ms = period.since_ms(state.clock.now_ms());
            return public_lists::newest(&state.db, after, since_ms, limit).await;
        }
        Sort::Liked => Ranked::Liked,
        Sort::Remixed => Ranked::Remixed,
    };
    let period = (period != Period::All).then_some(period.word());
    public_lists::ranked(&state.db, by, period, after, limit).await
}

fn shown(list: &List, mut pictures: Vec<Listed>, sees_sensitive: bool) -> Shown {
    let more = pictures.len() > PAGE_SIZE as usize;
    pictures.truncate(PAGE_SIZE as usize);
    let last = pictures.last().filter(|_| more);
    Shown {
        page: Page {
            next: last.map(|last| list.cursor(last.at)),
            items: pictures
                .iter()
                .map(|one| card_for(&one.image, false, sees_sensitive))
                .collect(),
        },
        name: None,
        count: None,
    }
}

/// The cursor of the gallery that begins after the picture of this number.
pub fn cursor_after(number: i64) -> String {
    List::default().cursor(At { score: 0, number })
}
