//! The gallery's pages: what was published, in an order, by words, or by a tag.

use super::asked::{List, Period, Sort};
use crate::{
    error::{AppError, Problem},
    model::Page,
    server::{
        AppState, Context,
        public_cards::{PublicCard, public_cards},
    },
    store::{
        DbError,
        listed::Listed,
        public_lists::{self, At, Found, Placed, Ranked},
        users::User,
    },
};

/// Pictures on one page.
const PAGE_SIZE: u32 = 24;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The pictures, and the cursor of the next page.
    pub page: Page<PublicCard>,
    /// The tag as it is written; of other lists nothing.
    pub name: Option<String>,
    /// How many there are in all, or one more than is said; `None` where nobody counts.
    pub count: Option<u32>,
}

/// A page of the gallery, the newest first, as whoever asks is shown it.
pub async fn gallery(cursor: Option<String>) -> Result<Page<PublicCard>, AppError> {
    let context = Context::take();
    let cursor = cursor.unwrap_or_default();
    show(&context, &List::default(), &cursor)
        .await
        .map(|shown| shown.page)
        .map_err(|error| context.with_status(error))
}

/// The newest pictures for the home page, where nobody is shown what is sensitive.
pub async fn newest() -> Result<Page<PublicCard>, AppError> {
    let context = Context::take();
    only(&context, &List::default(), "", |row| !row.image.sensitive)
        .await
        .map(|shown| shown.page)
        .map_err(|error| context.with_status(error))
}

/// A page of a list, as whoever asks is shown it; an empty cursor is its first.
pub async fn show(context: &Context, list: &List, cursor: &str) -> Result<Shown, AppError> {
    only(context, list, cursor, |_| true).await
}

async fn only(
    context: &Context,
    list: &List,
    cursor: &str,
    shows: impl Fn(&Listed) -> bool,
) -> Result<Shown, AppError> {
    let (state, after) = (
        &context.state,
        list.place(cursor).ok_or(Problem::Malformed)?,
    );
    // One row more than a page: it tells whether there is a next one.
    let limit = PAGE_SIZE + 1;
    let viewer = context.user().await?;
    let found = match list {
        List::All(sort, period) => {
            let pictures = ordered(state, *sort, *period, after, limit).await?;
            Found {
                name: None,
                pictures,
                count: None,
            }
        }
        List::Words(words) => public_lists::search(&state.db, words, after, limit).await?,
        List::Tag(folded) => public_lists::tagged(&state.db, folded, after, limit).await?,
    };
    let Found {
        name,
        mut pictures,
        count,
    } = found;
    let more = pictures.len() > PAGE_SIZE as usize;
    pictures.truncate(PAGE_SIZE as usize);
    let last = pictures.last().filter(|_| more).map(|last| last.at);
    let rows = pictures.into_iter().map(|one| one.row);
    let rows: Vec<Listed> = rows.filter(shows).collect();
    Ok(Shown {
        page: Page {
            next: last.map(|at| list.cursor(at)),
            items: public_cards(&rows, viewer.as_ref(), state.clock.now_ms()),
        },
        name,
        count,
    })
}

async fn ordered(
    state: &AppState,
    sort: Sort,
    period: Period,
    after: At,
    limit: u32,
) -> Result<Vec<Placed>, DbError> {
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

/// A page of a list of public pictures, of so many at most. One row more was asked for: it
/// tells whether there is a next page, which begins after this one's last row, whether its
/// reader is shown that or not.
pub fn page(
    mut rows: Vec<Listed>,
    size: u32,
    viewer: Option<&User>,
    now_ms: i64,
    cursor: impl Fn(&Listed) -> String,
) -> Page<PublicCard> {
    let more = rows.len() > size as usize;
    rows.truncate(size as usize);
    Page {
        next: rows.last().filter(|_| more).map(cursor),
        items: public_cards(&rows, viewer, now_ms),
    }
}

/// The cursor of the gallery that begins after the picture of this number.
pub fn cursor_after(number: i64) -> String {
    List::default().cursor(At { score: 0, number })
}
