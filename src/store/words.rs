//! What a public picture is called: its title, the description of what is seen, its tags.

use super::{
    Db, DbError, Statement,
    engine::json,
    images::{self, Image},
    reads::Reads,
    tags::{self, Tag},
};
use crate::model::folding;
use serde::Serialize;

statements! {
    SET = "UPDATE images SET title = ?3, title_words = ?4, alt = ?5
        WHERE id = ?1 AND user_id = ?2 AND trashed_at IS NULL
          AND EXISTS (SELECT 1 FROM users u WHERE u.id = ?2 AND u.erasure_id IS NULL)
        RETURNING id";
    /// `?3` is a list of [folded, name, words]. Those that are written in another way now
    /// come again.
    UNTAG = "DELETE FROM public_tags WHERE image_id = ?1 AND user_id = ?2
        AND NOT EXISTS (SELECT 1 FROM json_each(?3) t WHERE json_extract(t.value, '$[0]') = public_tags.folded
            AND json_extract(t.value, '$[1]') = public_tags.name)";
    TAG = "INSERT INTO public_tags (user_id, image_id, folded, name, words)
        SELECT i.user_id, i.id, json_extract(t.value, '$[0]'), json_extract(t.value, '$[1]'),
            json_extract(t.value, '$[2]')
        FROM images i CROSS JOIN json_each(?3) t
        WHERE i.id = ?1 AND i.user_id = ?2 AND i.trashed_at IS NULL
        ON CONFLICT (image_id, folded) DO NOTHING";
}

/// A picture with its tags, as the form for its words shows them.
#[derive(Clone, Debug)]
pub struct Worded {
    /// The picture.
    pub image: Image,
    /// Tags that are shown with it.
    pub shown: Vec<Tag>,
    /// Its tags in its owner's library.
    pub own: Vec<Tag>,
}

/// A picture of this person.
pub async fn read(db: &Db, id: &str, user_id: &str) -> Result<Option<Worded>, DbError> {
    let mut reads = Reads::default();
    let image = reads.add(images::by_owner_statement(id, user_id));
    let shown = reads.add(tags::shown_statement(id));
    let own = reads.add(tags::of_image_statement(id, user_id));
    let answers = reads.answers(db).await?;
    let Some(row) = answers.first(image) else {
        return Ok(None);
    };
    Ok(Some(Worded {
        image: Image::from_row(row)?,
        shown: tags::list(answers.rows(shown))?,
        own: tags::list(answers.rows(own))?,
    }))
}

/// What a picture is to be called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// The title; `None` for none.
    pub title: Option<String>,
    /// What is seen; `None` for what follows from title and prompt.
    pub alt: Option<String>,
    /// Tags as they are written, each once.
    pub tags: Vec<String>,
}

#[derive(Serialize)]
struct Row(String, String, String);

/// Gives a picture of this person these words in the place of those it has; false where
/// there is none outside of the trash.
pub async fn set(db: &Db, id: &str, user_id: &str, words: &Words) -> Result<bool, DbError> {
    let tags: Vec<Row> = words
        .tags
        .iter()
        .map(|name| {
            let (folded, words) = (folding::folded(name), folding::indexed(name));
            Row(folded, name.clone(), words)
        })
        .collect();
    let tags = json(&tags)?;
    let title_words = words.title.as_deref().map(folding::indexed);
    let of = |sql| Statement::new(sql).bind(id).bind(user_id);
    let results = db
        .batch_repeatable(vec![
            of(SET)
                .bind(words.title.clone())
                .bind(title_words)
                .bind(words.alt.clone()),
            of(UNTAG).bind(tags.as_str()),
            of(TAG).bind(tags),
        ])
        .await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
