//! What the composer shows, read in one trip: the pictures that a draft names, and
//! what stands around the form.

use super::{
    Db, DbError,
    images::{self, Image},
    job_queue::{self, Since, Used},
    job_views::{self, EndedSince, ShownRequest},
    library::{self, Filter, Order},
    reads::{Answers, Place, Reads},
    uploads::{self, Upload},
};

/// The pictures a draft names; what is empty is asked for nowhere.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// Ids of the reference pictures, in order.
    pub references: &'a [String],
    /// Id of the mask.
    pub mask: &'a str,
    /// Id of the picture it remixes.
    pub parent: &'a str,
}

/// The pictures a draft names, as far as they are there and the person's.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The references, in the draft's order.
    pub references: Vec<Upload>,
    /// The mask, of whichever reference.
    pub mask: Option<Upload>,
    /// The picture it remixes, where the person may see it.
    pub parent: Option<Image>,
    /// True if one of the uploads is due to be noted as in use.
    pub is_due: bool,
}

/// The places of the reads for the pictures of a draft.
struct Places {
    references: Option<Place>,
    mask: Option<Place>,
    parent: Option<Place>,
}

impl Named<'_> {
    fn ask(&self, user_id: &str, reads: &mut Reads) -> Result<Places, DbError> {
        let listed = (!self.references.is_empty())
            .then(|| uploads::listed_statement(self.references, user_id));
        let mask = (!self.mask.is_empty()).then(|| uploads::by_owner_statement(self.mask, user_id));
        let parent = (!self.parent.is_empty())
            .then(|| images::visible_statement(self.parent, Some(user_id)));
        Ok(Places {
            references: reads.add_some(listed.transpose()?),
            mask: reads.add_some(mask),
            parent: reads.add_some(parent),
        })
    }
}

impl Found {
    fn read(answers: &Answers, places: &Places, now_ms: i64) -> Result<Found, DbError> {
        let references = answers.rows(places.references);
        let mask = answers.rows(places.mask);
        let parent = answers.first(places.parent).map(images::visible_from);
        Ok(Found {
            references: Upload::list(references)?,
            mask: mask.first().map(Upload::from_row).transpose()?,
            parent: parent.transpose()?.map(|(image, _)| image),
            is_due: uploads::is_due(references, now_ms)? || uploads::is_due(mask, now_ms)?,
        })
    }
}

/// The pictures a person's draft names.
pub async fn named(
    db: &Db,
    user_id: &str,
    named: Named<'_>,
    now_ms: i64,
) -> Result<Found, DbError> {
    let mut reads = Reads::default();
    let places = named.ask(user_id, &mut reads)?;
    let answers = reads.answers(db).await?;
    Found::read(&answers, &places, now_ms)
}

/// What stands around the form, as it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The most of the person's newest pictures.
    pub newest: u32,
    /// The jobs that are listed.
    pub ended: EndedSince,
    /// Since when what the person used is counted.
    pub since: Since,
    /// Unix milliseconds.
    pub now_ms: i64,
}

/// What stands around the form.
pub struct Around {
    /// The person's newest pictures.
    pub newest: Vec<Image>,
    /// Their unfinished requests, and those that ended lately; newest first.
    pub jobs: Vec<ShownRequest>,
    /// What they used of their limits.
    pub used: Used,
}

/// The pictures a person's draft names, and what stands around the form.
pub async fn page(
    db: &Db,
    user_id: &str,
    named: Named<'_>,
    wanted: Wanted,
) -> Result<(Found, Around), DbError> {
    let mut reads = Reads::default();
    let places = named.ask(user_id, &mut reads)?;
    let all = Filter::default();
    let newest = library::page_statement(user_id, &all, Order::default(), None, wanted.newest);
    let newest = reads.add(newest);
    let jobs = reads.add(job_views::recent_statement(user_id, wanted.ended));
    let used = reads.add(job_queue::used_statement(user_id, wanted.since));
    let answers = reads.answers(db).await?;
    let around = Around {
        newest: Image::list(answers.rows(newest))?,
        jobs: ShownRequest::list(answers.rows(jobs))?,
        used: Used::from_row(answers.first(used).ok_or(DbError::Shape)?)?,
    };
    Ok((Found::read(&answers, &places, wanted.now_ms)?, around))
}
