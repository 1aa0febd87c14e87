//! One picture with everything its page shows, read in one trip.

use super::{
    Db, DbError, Row, Statement,
    changes::{self, Change},
    collections::{self, Collection},
    images::{self, Author, Image},
    likes::{self, Standing},
    lineage,
    reads::Reads,
    tags::{self, Tag},
};

statements! {
    /// Of its owner's, which they may not know.
    COPY = concat!("SELECT 1 AS yes FROM images i WHERE i.id = ?1 AND i.user_id = ?2
        AND i.withheld_by IS NULL AND ", removed_copy!("i"));
    /// The picture before this one in the gallery, and the one after it.
    NEWER = "SELECT near.image_id, near.number FROM public_pictures here
        CROSS JOIN public_pictures near ON near.number > here.number
        WHERE here.image_id = ?1 ORDER BY near.number LIMIT 1";
    OLDER = "SELECT near.image_id, near.number FROM public_pictures here
        CROSS JOIN public_pictures near ON near.number < here.number
        WHERE here.image_id = ?1 ORDER BY near.number DESC LIMIT 1";
}

/// A picture and what stands around it.
pub struct Shown {
    /// The picture.
    pub image: Image,
    /// Its maker.
    pub author: Author,
    /// The picture it was remixed from, where the viewer may see both.
    pub parent: Option<Image>,
    /// The pictures remixed from it that the viewer may see, newest first.
    pub remixes: Vec<Image>,
    /// The picture before it in the gallery, while it is published and not the first.
    pub newer: Option<Place>,
    /// The picture after it.
    pub older: Option<Place>,
    /// Whose it is and who likes it, while it is in the lists.
    pub standing: Option<Standing>,
    /// The tags that are shown with it while it is public.
    pub tags: Vec<Tag>,
    /// What only its owner is shown; `None` for everybody else.
    pub own: Option<Own>,
}

/// What only a picture's owner is shown.
pub struct Own {
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The collections it is in.
    pub within: Vec<Collection>,
    /// Every collection of its owner.
    pub all: Vec<Collection>,
    /// The change that was asked for.
    pub change: Option<Change>,
    /// True if it is the same as a picture that a decision removed.
    pub is_removed_copy: bool,
}

/// A picture as far as this viewer may see it (`None` for `viewer_id` is a stranger);
/// `change` is one of the viewer's to tell of, empty for none.
pub async fn read(
    db: &Db,
    id: &str,
    viewer_id: Option<&str>,
    change: &str,
) -> Result<Option<Shown>, DbError> {
    let mut reads = Reads::default();
    let image = reads.add(images::visible_statement(id, viewer_id));
    let parent = reads.add(lineage::parent_statement(id, viewer_id));
    let remixes = reads.add(lineage::remixes_statement(id, viewer_id));
    let shown_tags = reads.add(tags::shown_statement(id));
    let [newer, older] = neighbours(id).map(|near| reads.add(near));
    let standing = reads.add(likes::of_picture_statement(id, viewer_id));
    // Whose the picture is comes with the same answer: what follows is about the
    // viewer's own things and no picture's of somebody else.
    let tags = viewer_id.map(|viewer| tags::of_image_statement(id, viewer));
    let tags = reads.add_some(tags);
    let within = viewer_id.map(|viewer| collections::of_image_statement(id, viewer));
    let within = reads.add_some(within);
    let all = reads.add_some(viewer_id.map(collections::all_statement));
    let change = viewer_id
        .filter(|_| !change.is_empty())
        .map(|viewer| changes::find_statement(change, viewer));
    let change = reads.add_some(change);
    let copy = viewer_id.map(|viewer| Statement::new(COPY).bind(id).bind(viewer));
    let copy = reads.add_some(copy);
    let answers = reads.answers(db).await?;
    let Some(row) = answers.first(image) else {
        return Ok(None);
    };
    let (image, author) = images::visible_from(row)?;
    let own = match viewer_id == Some(image.user_id.as_str()) {
        false => None,
        true => Some(Own {
            tags: tags::list(answers.rows(tags))?,
            within: Collection::list(answers.rows(within))?,
            all: Collection::list(answers.rows(all))?,
            change: answers.first(change).map(Change::from_row).transpose()?,
            is_removed_copy: answers.first(copy).is_some(),
        }),
    };
    let parent = answers.first(parent).map(Image::from_row).transpose()?;
    let near = |place| answers.first(place).map(Place::from_row).transpose();
    Ok(Some(Shown {
        parent,
        remixes: Image::list(answers.rows(remixes))?,
        newer: near(newer)?,
        older: near(older)?,
        standing: answers
            .first(standing)
            .map(Standing::from_row)
            .transpose()?,
        tags: tags::list(answers.rows(shown_tags))?,
        image,
        author,
        own,
    }))
}

/// A published picture's place in the gallery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The picture.
    pub id: String,
    /// Its number among the public pictures.
    pub number: i64,
}

impl Place {
    /// From a row of [`neighbours`].
    fn from_row(row: &Row) -> Result<Place, DbError> {
        Ok(Place {
            id: row.text("image_id")?,
            number: row.int("number")?,
        })
    }
}

/// What reads the pictures before and after one in the gallery; neither has a row while
/// it is private.
fn neighbours(id: &str) -> [Statement; 2] {
    [NEWER, OLDER].map(|sql| Statement::new(sql).bind(id))
}
