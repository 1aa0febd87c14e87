//! Reading a library: filters, search, pages by keyset, and what there is to filter by.

use super::{
    Db, DbError, Row, Statement,
    changes::{self, Change},
    collections::{self, Collection},
    engine::json,
    images::Image,
    reads::Reads,
    tags,
};
use crate::model::folding;

/// A person's pictures under a filter. `?1` person, `?2` search expression,
/// `?3` model, `?4` shape, `?5` and `?6` from and before (milliseconds),
/// `?7` favourites only, `?8` visibility, `?9` collection, `?10` folded tag,
/// `?11` 1 for the trash, 0 for all outside it. NULL filters nothing.
macro_rules! matching {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM images i WHERE i.user_id = ?1 AND (i.trashed_at IS NOT NULL) = ?11
            AND (?2 IS NULL OR i.search_id IN
                (SELECT rowid FROM image_search WHERE image_search MATCH ?2))
            AND (?3 IS NULL OR i.model = ?3)
            AND (?4 IS NULL OR ?4 = CASE WHEN i.width = i.height THEN 'square'
                WHEN i.width > i.height THEN 'landscape' ELSE 'portrait' END)
            AND (?5 IS NULL OR i.created_at >= ?5)
            AND (?6 IS NULL OR i.created_at < ?6)
            AND (?7 IS NULL OR i.favourite = ?7)
            AND (?8 IS NULL OR (?8 = 'public') = (i.public_key IS NOT NULL))
            AND (?9 IS NULL OR EXISTS (SELECT 1 FROM collection_images c
                WHERE c.collection_id = ?9 AND c.image_id = i.id))
            AND (?10 IS NULL OR EXISTS (SELECT 1 FROM image_tags t
                WHERE t.image_id = i.id AND t.folded = ?10))",
            $rest
        )
    };
}

statements! {
    /// Ids are UUIDv7: their order is the order of creation.
    NEWEST = matching!("SELECT i.*", " AND i.id < ?12 ORDER BY i.id DESC LIMIT ?13");
    OLDEST = matching!("SELECT i.*", " AND i.id > ?12 ORDER BY i.id LIMIT ?13");
    IDS = matching!("SELECT i.id", " AND i.id > ?12 ORDER BY i.id LIMIT ?13");
    COUNT = matching!("SELECT COUNT(*) AS pictures", "");
    SHELF = "SELECT 'collection' AS kind, c.id AS id, c.name AS name,
            (SELECT COUNT(*) FROM collection_images x JOIN images i ON i.id = x.image_id
             WHERE x.collection_id = c.id AND i.trashed_at IS NULL) AS pictures
            FROM collections c WHERE c.user_id = ?1
        UNION ALL SELECT 'tag', folded, MIN(name), COUNT(*) FROM image_tags
            WHERE user_id = ?1 GROUP BY folded
        UNION ALL SELECT 'model', model, model, COUNT(*) FROM images WHERE user_id = ?1 GROUP BY model
        UNION ALL SELECT 'trash', '', '', COUNT(*) FROM images
            WHERE user_id = ?1 AND trashed_at IS NOT NULL
        ORDER BY 1, 2";
    /// Pictures of anybody that are not prepared for the search yet.
    UNPREPARED = "SELECT id, prompt FROM images WHERE search_text IS NULL ORDER BY id LIMIT ?1";
    /// Unless its prompt was changed meanwhile.
    PREPARE = "UPDATE images SET search_text = ?3
        WHERE id = ?1 AND prompt = ?2 AND search_text IS NULL";
}

/// The order a library is read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
}

/// A picture's proportions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As wide as high.
    Square,
    /// Wider than high.
    Landscape,
    /// Higher than wide.
    Portrait,
}

impl Shape {
    /// Every shape.
    pub const ALL: [Shape; 3] = [Shape::Square, Shape::Landscape, Shape::Portrait];

    /// The word that statements and addresses have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Shape::Square => "square",
            Shape::Landscape => "landscape",
            Shape::Portrait => "portrait",
        }
    }
}

/// The circle of those who may see a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Published in the gallery, for anybody.
    Public,
    /// For its owner alone.
    Private,
}

impl Visibility {
    /// Both of them.
    pub const ALL: [Visibility; 2] = [Visibility::Public, Visibility::Private];

    /// The word that statements and addresses have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Private => "private",
        }
    }
}

/// A choice among a person's pictures: all conditions hold; `None` and false ask nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The text typed to search for.
    pub words: Option<String>,
    /// A model's id.
    pub model: Option<String>,
    /// Pictures of this shape alone.
    pub shape: Option<Shape>,
    /// Made at this moment or later, Unix milliseconds.
    pub from_ms: Option<i64>,
    /// Made before this moment, Unix milliseconds.
    pub before_ms: Option<i64>,
    /// Favourites alone.
    pub favourite: bool,
    /// Published or private pictures alone.
    pub visibility: Option<Visibility>,
    /// A collection's id.
    pub collection: Option<String>,
    /// A folded tag.
    pub tag: Option<String>,
    /// True for the trash and nothing else, false for all outside it.
    pub trash: bool,
}

impl Filter {
    fn bind(&self, sql: &'static str, user_id: &str) -> Statement {
        let words = self.words.as_deref().map(|text| expression(user_id, text));
        Statement::new(sql)
            .bind(user_id)
            .bind(words)
            .bind(self.model.clone())
            .bind(self.shape.map(Shape::as_str))
            .bind(self.from_ms)
            .bind(self.before_ms)
            .bind(self.favourite.then_some(1_i64))
            .bind(self.visibility.map(Visibility::as_str))
            .bind(self.collection.clone())
            .bind(self.tag.clone())
            .bind(i64::from(self.trash))
    }
}

/// The expression for FTS5: every word as the start of one in the prompt, or as
/// a part of a text without spaces, in the person's own entries. Words are
/// prepared as the prompts are and quoted, so that none is an operator; where
/// there is none to look for, nothing is found.
fn expression(user_id: &str, text: &str) -> String {
    let words: Vec<String> = folding::phrases(text)
        .take(16)
        .map(|phrase| {
            let open = if phrase.open { "*" } else { "" };
            format!("\"{}\"{open}", phrase.words)
        })
        .collect();
    if words.is_empty() {
        return "prompt : \"\"".to_owned();
    }
    format!("user_id : \"{user_id}\" AND prompt : ({})", words.join(" "))
}

/// Reads a page of a person's pictures after the id `after` (exclusive) in this order.
pub(super) fn page_statement(
    user_id: &str,
    filter: &Filter,
    order: Order,
    after: Option<&str>,
    limit: u32,
) -> Statement {
    // "~" sorts after every id, the empty text before.
    let (sql, start) = match order {
        Order::Newest => (NEWEST, "~"),
        Order::Oldest => (OLDEST, ""),
    };
    filter
        .bind(sql, user_id)
        .bind(after.unwrap_or(start))
        .bind(limit)
}

/// A page of a library, as it is asked for.
pub struct Wanted<'a> {
    /// The pictures it is a page of.
    pub filter: &'a Filter,
    /// The order of the pictures.
    pub order: Order,
    /// The id it comes after (exclusive).
    pub after: Option<&'a str>,
    /// The most pictures of a page.
    pub limit: u32,
    /// Id of a change to tell of.
    pub change: Option<&'a str>,
}

/// A page of a library, and what stands around it.
pub struct Shown {
    /// The page's pictures.
    pub images: Vec<Image>,
    /// Number of all pictures under the filter.
    pub total: u32,
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
    let total = reads.add(filter.bind(COUNT, user_id));
    let facets = reads.add(Statement::new(SHELF).bind(user_id));
    let collection = filter.collection.as_deref();
    let collection = collection.map(|id| collections::by_owner_statement(id, user_id));
    let collection = reads.add_some(collection);
    let change = reads.add_some(change.map(|id| changes::find_statement(id, user_id)));
    let answers = reads.answers(db).await?;
    let total = answers.first(total).ok_or(DbError::Shape)?;
    let collection = answers.first(collection).map(Collection::from_row);
    Ok(Shown {
        images: Image::list(answers.rows(images))?,
        total: u32::try_from(total.int("pictures")?).unwrap_or(u32::MAX),
        facets: Facet::list(answers.rows(facets))?,
        collection: collection.transpose()?,
        change: answers.first(change).map(Change::from_row).transpose()?,
    })
}

/// Ids of a person's pictures under this filter, oldest first, after `after` (exclusive).
pub async fn ids(
    db: &Db,
    user_id: &str,
    filter: &Filter,
    after: &str,
    limit: u32,
) -> Result<Vec<String>, DbError> {
    let statement = filter.bind(IDS, user_id).bind(after).bind(limit);
    let rows = db.fetch_all(statement).await?;
    rows.iter().map(|row| row.text("id")).collect()
}

/// Prepares so many pictures for the search that were kept before it could find
/// words in texts without spaces, and their tags and their owners' collections
/// for how names are compared since; how many there were, 0 when all are done.
pub async fn prepare(db: &Db, limit: u32) -> Result<usize, DbError> {
    let found = db.fetch_all(Statement::new(UNPREPARED).bind(limit)).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let ids: Result<Vec<String>, DbError> = found.iter().map(|row| row.text("id")).collect();
    let ids = json(&ids?)?;
    let mut batch = tags::refolding(db, &ids).await?;
    batch.extend(collections::refolding(db, &ids).await?);
    for row in &found {
        let prompt = row.text("prompt")?;
        let words = folding::indexed(&prompt);
        batch.push(
            Statement::new(PREPARE)
                .bind(row.text("id")?)
                .bind(prompt)
                .bind(words),
        );
    }
    // The pictures come last: until they are prepared, the rest is looked at again.
    db.batch_in_slices(batch).await?;
    Ok(found.len())
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

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn operators_are_words() {
        assert_eq!(
            expression("u", "NEAR(red OR \"fox* -x"),
            "user_id : \"u\" AND prompt : (\"near red\"* \"or\"* \"fox\"* \"x\"*)"
        );
        assert_eq!(
            expression("u", "帆船 4K画"),
            "user_id : \"u\" AND prompt : (\"帆 船\" \"4k 画\")"
        );
        assert_eq!(expression("u", " \"%_*( "), "prompt : \"\"");
    }
}
