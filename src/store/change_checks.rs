//! What a change to pictures has to know before it begins.

use super::{
    Db, DbError, Statement,
    collections::{self, Collection},
    engine::json,
    reads::Reads,
    removed, tags,
    users::{self, User},
};

statements! {
    OWNED = concat!("SELECT COUNT(*) AS pictures, COUNT(CASE WHEN i.withheld_by IS NOT NULL
            OR i.held_by IS NOT NULL OR ", removed_copy!("i"), " THEN 1 END) AS withheld FROM images i
        WHERE i.user_id = ?1 AND i.id IN (SELECT value FROM json_each(?2))");
}

/// What a change has to know before it begins; `None` asks nothing.
#[derive(Clone, Copy, Default)]
pub struct Question<'a> {
    /// The pictures that were chosen one by one.
    pub ids: Option<&'a [String]>,
    /// A folded tag.
    pub tag: Option<&'a str>,
    /// A collection's id.
    pub collection: Option<&'a str>,
    /// True to ask whether anything of the person's may be published.
    pub publishing: bool,
}

/// The answer to a [`Question`].
pub struct Known {
    /// False if none of the chosen pictures is the person's.
    pub owns_any: bool,
    /// The person's own spelling of the tag, if they use it already.
    pub tag_name: Option<String>,
    /// The collection, if it is the person's.
    pub collection: Option<Collection>,
    /// True if the person keeps everything out of the gallery.
    pub keeps_private: bool,
    /// The person, where it was asked whether anything of theirs may be published.
    pub person: Option<User>,
    /// True if all of the chosen pictures were withdrawn by decisions, are copies of such,
    /// or wait for a look.
    pub all_withheld: bool,
    /// By which version what removed pictures look like is known, where it was asked whether
    /// anything of theirs may be published.
    pub removed: Option<i64>,
}

/// Answers what a change has to know.
pub async fn know(db: &Db, user_id: &str, question: Question<'_>) -> Result<Known, DbError> {
    let Question {
        ids,
        tag,
        collection,
        publishing,
    } = question;
    let mut reads = Reads::default();
    let ids = ids.map(json).transpose()?;
    let owned = ids.map(|ids| Statement::new(OWNED).bind(user_id).bind(ids));
    let owned = reads.add_some(owned);
    let tag = reads.add_some(tag.map(|tag| tags::name_statement(user_id, tag)));
    let collection = collection.map(|id| collections::by_owner_statement(id, user_id));
    let collection = reads.add_some(collection);
    let person = reads.add_some(publishing.then(|| users::by_id_statement(user_id)));
    let removed = reads.add_some(publishing.then(removed::version_statement));
    let answers = reads.answers(db).await?;
    let owned = answers
        .first(owned)
        .map(|row| Ok::<_, DbError>((row.int("pictures")?, row.int("withheld")?)));
    let owned = owned.transpose()?;
    let tag_name = answers.first(tag).map(|row| row.opt_text("name"));
    let collection = answers.first(collection).map(Collection::from_row);
    let person = answers.first(person).map(User::from_row).transpose()?;
    Ok(Known {
        owns_any: owned.is_none_or(|(pictures, _)| pictures > 0),
        all_withheld: owned.is_some_and(|(pictures, withheld)| withheld >= pictures),
        removed: match publishing {
            true => Some(removed::version_of(answers.first(removed))?),
            false => None,
        },
        tag_name: tag_name.transpose()?.flatten(),
        collection: collection.transpose()?,
        keeps_private: person.as_ref().is_some_and(|person| person.keeps_private),
        person,
    })
}
