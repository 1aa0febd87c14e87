//! Words in the search's index: what is looked for, and preparing what is found.

use super::{PREPARE, UNPREPARED};
use crate::{
    model::folding,
    store::{Db, DbError, Statement, collections, engine::json, tags},
};

/// The key that each word of a person begins with in the search's index: no letter of
/// it is one at which the index ends a word.
fn key(user_id: &str) -> String {
    format!("p{}", user_id.replace('-', ""))
}

/// The expression for FTS5: every word as the start of one in the prompt, or as
/// a part of a text without spaces, among the person's own. Words are prepared as
/// the prompts are and quoted, so that none is an operator; where there is none to
/// look for, nothing is found.
pub(super) fn expression(user_id: &str, text: &str) -> String {
    let key = key(user_id);
    let words: Vec<String> = folding::phrases(text)
        .take(16)
        .map(|phrase| {
            let words: Vec<String> = phrase
                .words
                .split(' ')
                .map(|word| format!("{key}{word}"))
                .collect();
            let open = if phrase.open { "*" } else { "" };
            format!("\"{}\"{open}", words.join(" "))
        })
        .collect();
    if words.is_empty() {
        return "\"\"".to_owned();
    }
    words.join(" ")
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

#[cfg(test)]
mod tests {
    use super::expression;

    #[test]
    fn operators_are_words() {
        assert_eq!(
            expression("u-1", "NEAR(red OR \"fox* -x"),
            "\"pu1near pu1red\"* \"pu1or\"* \"pu1fox\"* \"pu1x\"*"
        );
        assert_eq!(expression("u", "帆船 4K画"), "\"pu帆 pu船\" \"pu4k pu画\"");
        assert_eq!(expression("u", " \"%_*( "), "\"\"");
    }
}
