//! Reading a library: filters, search, pages by keyset, and what there is to filter by.

mod filter;
mod words;

pub use filter::{Filter, Order, Place, Shape, Visibility};
pub use words::prepare;

use filter::Lead;

use super::{
    Db, DbError, Row, Statement,
    changes::{self, Change},
    collections::{self, Collection},
    images::Image,
    reads::Reads,
};

/// A person's pictures under a filter, read from where the fewest are looked at.
/// `?1` person, `?2` search expression, `?3` model, `?4` shape, `?5` and `?6` from and
/// before (milliseconds), `?7` favourites only, `?8` visibility, `?9` collection,
/// `?10` folded tag, `?11` 1 for the trash, 0 for all outside it. NULL filters nothing.
macro_rules! matching {
    ($select:literal, $lead:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM ",
            $lead,
            " AND i.user_id = ?1 AND (i.trashed_at IS NOT NULL) = ?11
            AND (?3 IS NULL OR i.model = ?3)
            AND (?4 IS NULL OR ?4 = CASE WHEN i.width = i.height THEN 'square'
                WHEN i.width > i.height THEN 'landscape' ELSE 'portrait' END)
            AND (?5 IS NULL OR i.created_at >= ?5)
            AND (?6 IS NULL OR i.created_at < ?6)
            AND (?7 IS NULL OR i.favourite = ?7)
            AND (?8 IS NULL OR ?8 = CASE WHEN i.public_key IS NOT NULL THEN 'public'
                WHEN i.unlisted_key IS NOT NULL THEN 'unlisted' ELSE 'private' END)
            AND (?9 IS NULL OR EXISTS (SELECT 1 FROM collection_images c
                WHERE c.collection_id = ?9 AND c.image_id = i.id))
            AND (?10 IS NULL OR EXISTS (SELECT 1 FROM image_tags t
                WHERE t.image_id = i.id AND t.folded = ?10))",
            $rest
        )
    };
}

/// What is read first, and what makes its order: all of a person's pictures, those of
/// a tag, of a collection, or those in which the words are. The pictures are looked up
/// one by one, until there are enough for a page.
macro_rules! led_by {
    (all, $select:literal, $rest:literal) => {
        matching!(
            $select,
            "images i INDEXED BY images_of_user WHERE ?2 IS NULL",
            $rest
        )
    };
    (tag, $select:literal, $rest:literal) => {
        matching!(
            $select,
            "image_tags l INDEXED BY image_tags_by_tag CROSS JOIN images i
            ON i.id = l.image_id WHERE ?2 IS NULL AND l.user_id = ?1 AND l.folded = ?10",
            $rest
        )
    };
    (collection, $select:literal, $rest:literal) => {
        matching!(
            $select,
            "collection_images l CROSS JOIN images i
            ON i.id = l.image_id WHERE ?2 IS NULL AND l.collection_id = ?9",
            $rest
        )
    };
    (words, $select:literal, $rest:literal) => {
        matching!(
            $select,
            "image_search_terms l CROSS JOIN images i
            ON i.search_id = l.rowid WHERE l.image_search_terms MATCH ?2",
            $rest
        )
    };
}

/// A count that is not read to its end: who looks for a word wants to know whether
/// there are three or a thousand, and not which thousand.
const COUNTED: u32 = 1000;

statements! {
    /// Ids are UUIDv7: their order is the order of creation.
    NEWEST = led_by!(all, "SELECT i.*", " AND i.id < ?12 ORDER BY i.id DESC LIMIT ?13");
    OLDEST = led_by!(all, "SELECT i.*", " AND i.id > ?12 ORDER BY i.id LIMIT ?13");
    IDS = led_by!(all, "SELECT i.id", " AND i.id > ?12 ORDER BY i.id LIMIT ?13");
    COUNT = led_by!(all, "SELECT COUNT(*) AS pictures FROM (SELECT 1", " LIMIT ?12)");
    NEWEST_OF_TAG = led_by!(tag, "SELECT i.*",
        " AND l.image_id < ?12 ORDER BY l.image_id DESC LIMIT ?13");
    OLDEST_OF_TAG = led_by!(tag, "SELECT i.*", " AND l.image_id > ?12 ORDER BY l.image_id LIMIT ?13");
    IDS_OF_TAG = led_by!(tag, "SELECT i.id", " AND l.image_id > ?12 ORDER BY l.image_id LIMIT ?13");
    COUNT_OF_TAG = led_by!(tag, "SELECT COUNT(*) AS pictures FROM (SELECT 1", " LIMIT ?12)");
    NEWEST_OF_COLLECTION = led_by!(collection, "SELECT i.*",
        " AND l.image_id < ?12 ORDER BY l.image_id DESC LIMIT ?13");
    OLDEST_OF_COLLECTION = led_by!(collection, "SELECT i.*",
        " AND l.image_id > ?12 ORDER BY l.image_id LIMIT ?13");
    IDS_OF_COLLECTION = led_by!(collection, "SELECT i.id",
        " AND l.image_id > ?12 ORDER BY l.image_id LIMIT ?13");
    COUNT_OF_COLLECTION = led_by!(collection, "SELECT COUNT(*) AS pictures FROM (SELECT 1",
        " LIMIT ?12)");
    /// In the order in which they came to the library: by their numbers in the search.
    NEWEST_WITH_WORDS = led_by!(words, "SELECT i.*",
        " AND l.rowid < ?12 ORDER BY l.rowid DESC LIMIT ?13");
    OLDEST_WITH_WORDS = led_by!(words, "SELECT i.*", " AND l.rowid > ?12 ORDER BY l.rowid LIMIT ?13");
    IDS_WITH_WORDS = led_by!(words, "SELECT i.id, i.search_id",
        " AND l.rowid > ?12 ORDER BY l.rowid LIMIT ?13");
    COUNT_WITH_WORDS = led_by!(words, "SELECT COUNT(*) AS pictures FROM (SELECT 1", " LIMIT ?12)");
    /// What triggers keep of a library: `?2` and `?3` name the sum.
    SUM = "SELECT COALESCE(SUM(pictures), 0) AS pictures FROM library_sums
        WHERE user_id = ?1 AND kind = ?2 AND id = ?3";
    SHELF = "SELECT 'collection' AS kind, c.id AS id, c.name AS name, COALESCE(s.pictures, 0) AS pictures
            FROM collections c LEFT JOIN library_sums s
                ON s.user_id = ?1 AND s.kind = 'collection' AND s.id = c.id
            WHERE c.user_id = ?1
        UNION ALL SELECT s.kind, s.id, CASE s.kind WHEN 'tag' THEN
                (SELECT MIN(t.name) FROM image_tags t WHERE t.user_id = ?1 AND t.folded = s.id)
                ELSE s.id END, s.pictures
            FROM library_sums s WHERE s.user_id = ?1 AND s.kind IN ('tag', 'model', 'trash')
                AND s.pictures > 0
        ORDER BY 1, 2";
    /// Pictures of anybody that are not prepared for the search yet.
    UNPREPARED = "SELECT id, prompt FROM images WHERE search_text IS NULL ORDER BY id LIMIT ?1";
    /// Unless its prompt was changed meanwhile.
    PREPARE = "UPDATE images SET search_text = ?3
        WHERE id = ?1 AND prompt = ?2 AND search_text IS NULL";
}

/// Reads a page of a person's pictures after this place in this order.
pub(super) fn page_statement(
    user_id: &str,
    filter: &Filter,
    order: Order,
    after: Option<&Place>,
    limit: u32,
) -> Statement {
    let sql = match (filter.lead(), order) {
        (Lead::All, Order::Newest) => NEWEST,
        (Lead::All, Order::Oldest) => OLDEST,
        (Lead::Tag, Order::Newest) => NEWEST_OF_TAG,
        (Lead::Tag, Order::Oldest) => OLDEST_OF_TAG,
        (Lead::Collection, Order::Newest) => NEWEST_OF_COLLECTION,
        (Lead::Collection, Order::Oldest) => OLDEST_OF_COLLECTION,
        (Lead::Words, Order::Newest) => NEWEST_WITH_WORDS,
        (Lead::Words, Order::Oldest) => OLDEST_WITH_WORDS,
    };
    filter
        .bind(sql, user_id)
        .bind(filter.after(order, after))
        .bind(limit)
}

/// A page of a library, as it is asked for.
pub struct Wanted<'a> {
    /// The pictures it is a page of.
    pub filter: &'a Filter,
    /// The order of the pictures.
    pub order: Order,
    /// The place it comes after; `None` for the first page.
    pub after: Option<&'a Place>,
    /// The most pictures of a page.
    pub limit: u32,
    /// Id of a change to tell of.
    pub change: Option<&'a str>,
}

/// A page of a library, and what stands around it.
pub struct Shown {
    /// The page's pictures.
    pub images: Vec<Image>,
    /// The place of each.
    pub places: Vec<Place>,
    /// Number of all pictures under the filter, or of the first of them.
    pub total: u32,
    /// True if there are more than `total`, and nobody counted how many.
    pub uncounted: bool,
    /// Everything the library can be filtered by, and the trash, with numbers.
    pub facets: Vec<Facet>,
    /// The filter's collection, if it is the person's.
    pub collection: Option<Collection>,
    /// The change that was asked for, if it is the person's.
    pub change: Option<Change>,
}

/// A page of a person's library.
pub async fn page(db: &Db, user_id: &str, wanted: &Wanted<'_>) -> Result<Shown, DbError> {
    let Wanted {
        filter,
        order,
        after,
        limit,
        change,
    } = *wanted;
    let mut reads = Reads::default();
    let images = reads.add(page_statement(user_id, filter, order, after, limit));
    let total = reads.add(filter.count(user_id));
    let facets = reads.add(Statement::new(SHELF).bind(user_id));
    let collection = filter.collection.as_deref();
    let collection = collection.map(|id| collections::by_owner_statement(id, user_id));
    let collection = reads.add_some(collection);
    let change = reads.add_some(change.map(|id| changes::find_statement(id, user_id)));
    let answers = reads.answers(db).await?;
    let total = answers.first(total).ok_or(DbError::Shape)?;
    let collection = answers.first(collection).map(Collection::from_row);
    let total = u32::try_from(total.int("pictures")?).unwrap_or(u32::MAX);
    let uncounted = filter.sum().is_none() && total > COUNTED;
    let rows = answers.rows(images);
    let places = rows.iter().map(|row| filter.place_of(row));
    Ok(Shown {
        images: Image::list(rows)?,
        places: places.collect::<Result<_, _>>()?,
        total: if uncounted { COUNTED } else { total },
        uncounted,
        facets: Facet::list(answers.rows(facets))?,
        collection: collection.transpose()?,
        change: answers.first(change).map(Change::from_row).transpose()?,
    })
}

/// Ids of a person's pictures under this filter after this place, the oldest first, and
/// the place of the last of them.
pub async fn ids(
    db: &Db,
    user_id: &str,
    filter: &Filter,
    after: Option<&Place>,
    limit: u32,
) -> Result<(Vec<String>, Option<Place>), DbError> {
    let sql = match filter.lead() {
        Lead::All => IDS,
        Lead::Tag => IDS_OF_TAG,
        Lead::Collection => IDS_OF_COLLECTION,
        Lead::Words => IDS_WITH_WORDS,
    };
    let statement = filter
        .bind(sql, user_id)
        .bind(filter.after(Order::Oldest, after))
        .bind(limit);
    let rows = db.fetch_all(statement).await?;
    let ids: Result<_, _> = rows.iter().map(|row| row.text("id")).collect();
    let last = rows.last().map(|row| filter.place_of(row)).transpose()?;
    Ok((ids?, last))
}

/// One thing to filter by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// `collection`, `tag`, `model` or `trash`.
    pub kind: String,
    /// A collection's id, a folded tag or a model's id; empty for the trash.
    pub id: String,
    /// The name to show; a model's id again, and empty for the trash.
    pub name: String,
    /// Number of pictures under it.
    pub pictures: u32,
}

impl Facet {
    fn list(rows: &[Row]) -> Result<Vec<Facet>, DbError> {
        rows.iter()
            .map(|row| {
                Ok(Facet {
                    kind: row.text("kind")?,
                    id: row.text("id")?,
                    name: row.text("name")?,
                    pictures: u32::try_from(row.int("pictures")?).unwrap_or(u32::MAX),
                })
            })
            .collect()
    }
}
