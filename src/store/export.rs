//! A person's export: every row of theirs, as JSON in the form that
//! `docs/export.md` describes. `?1` is the person, `?2` the id after which a page begins.

use super::{Db, DbError, Row, Statement, images::Image};

/// Rows of one page.
const PAGE: u32 = 200;

/// A moment in a column, as ISO 8601 text.
macro_rules! iso {
    ($column:literal) => {
        concat!(
            "strftime('%Y-%m-%dT%H:%M:%SZ', ",
            $column,
            " / 1000, 'unixepoch')"
        )
    };
}

statements! {
    /// D1 takes 32 values for a function.
    PROFILE = concat!("SELECT json_set(json_object('id', id, 'name', name, 'handle', handle, 'email', email,
            'email_assumed', json(CASE email_assumed WHEN 0 THEN 'false' ELSE 'true' END),
            'issuer', issuer, 'subject', subject, 'language', language,
            'age_stated_years', age_stated_min, 'age_stated_at', ", iso!("age_stated_at"), ",
            'shows_prompts', json(CASE shows_prompts WHEN 1 THEN 'true' ELSE 'false' END),
            'keeps_private', json(CASE keeps_private WHEN 1 THEN 'true' ELSE 'false' END),
            'suspended_until', ", iso!("suspended_until"), ",
            'unsent_form', json(draft),
            'created_at', ", iso!("created_at"), ", 'last_sign_in_at', ", iso!("last_sign_in_at"), "),
            '$.sees_sensitive', json(CASE sees_sensitive WHEN 1 THEN 'true' ELSE 'false' END),
            '$.profile', json_object('wanted', json(CASE profile_wanted WHEN 1 THEN 'true' ELSE 'false' END),
                'shows_picture', json(CASE profile_picture WHEN 1 THEN 'true' ELSE 'false' END),
                'text', profile_text,
                'switched_off', json(CASE WHEN profile_off_by IS NULL THEN 'false' ELSE 'true' END))) AS item
        FROM users WHERE id = ?1");
    SESSIONS = concat!("SELECT token_hash AS id, json_object('device', user_agent,
            'signed_in_at', ", iso!("created_at"), ", 'last_used_at', ", iso!("last_seen_at"), ",
            'ends_at', ", iso!("expires_at"), ") AS item
        FROM sessions WHERE user_id = ?1 AND token_hash > ?2 ORDER BY token_hash LIMIT ?3");
    SIGN_INS = concat!("SELECT id, json_object('at', ", iso!("at"), ", 'device', user_agent,
            'address', address) AS item
        FROM sign_in_records WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    JOBS = concat!("SELECT id, json_object('id', id, 'state', state, 'model', model,
            'group', group_id,
            'prompt', NULLIF(prompt, ''), 'settings', json(settings), 'cost_micro_dollars', cost_micros,
            'cost_estimated', json(CASE cost_estimated WHEN 0 THEN 'false' ELSE 'true' END),
            'pictures', pictures, 'failure', failure,
            'failure_categories', failure_categories, 'remix_of', parent_id,
            'uploads', json((SELECT json_group_array(x.upload_id) FROM job_inputs x WHERE x.job_id = jobs.id)),
            'created_at', ", iso!("created_at"), ", 'finished_at', ", iso!("finished_at"), ") AS item
        FROM jobs WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    COLLECTIONS = concat!("SELECT id, json_object('id', id, 'name', name,
            'created_at', ", iso!("created_at"), ") AS item
        FROM collections WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    STYLES = concat!("SELECT id, json_object('id', id, 'name', name,
            'words_before', words_before, 'words_after', words_after, 'settings', json(settings),
            'created_at', ", iso!("created_at"), ") AS item
        FROM styles WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    CHANGES = concat!("SELECT id, json_object('action', action, 'about', name,
            'pictures', json((SELECT json_group_array(x.image_id) FROM change_images x WHERE x.change_id = changes.id)),
            'at', ", iso!("created_at"), ") AS item
        FROM changes WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    UPLOADS = concat!("SELECT id, json_object('id', id, 'kind', kind, 'mask_of', mask_of,
            'file', 'uploads/' || id || '.' || format, 'width', width, 'height', height,
            'bytes', bytes, 'created_at', ", iso!("created_at"), ", 'used_at', ", iso!("used_at"), ") AS item
        FROM uploads WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    UPLOAD_FILES = "SELECT id, format FROM uploads WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    INVITED_BY = concat!("SELECT i.id, json_object('id', i.id, 'note', i.note,
            'used_at', ", iso!("x.used_at"), ") AS item
        FROM invitation_uses x JOIN invitations i ON i.id = x.invitation_id
        WHERE x.user_id = ?1 AND i.id > ?2 ORDER BY i.id LIMIT ?3");
    INVITATIONS = concat!("SELECT id, json_object('id', id, 'note', note, 'uses', uses, 'used', used,
            'created_at', ", iso!("created_at"), ", 'ends_at', ", iso!("ends_at"), ",
            'revoked_at', ", iso!("revoked_at"), ") AS item
        FROM invitations WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    DECISIONS = concat!("SELECT id, json_object('id', id, 'picture', NULLIF(about, user_id), 'decided_at', ", iso!("decided_at"), ",
            'about_the_picture', COALESCE(measure, picture),
            'found_by_comparison', json(CASE automatic WHEN 0 THEN 'false' ELSE 'true' END), 'about_the_account', account,
            'strike', json(CASE strike WHEN 0 THEN 'false' ELSE 'true' END),
            'suspended_until', ", iso!("until"), ", 'ground', ground, 'rule', rule, 'facts', facts,
            'overturned_at', ", iso!("overturned_at"), ",
            'objections', json((SELECT json_group_array(json_object('words', a.words, 'sent_at', ", iso!("a.created_at"), ",
                'answered_at', ", iso!("a.decided_at"), ", 'upheld', json(CASE a.upheld WHEN 1 THEN 'true' WHEN 0 THEN 'false' END),
                'answer', a.answer)) FROM appeals a WHERE a.case_id = cases.id AND a.notice_id IS NULL))) AS item
        FROM cases WHERE user_id = ?1 AND id > ?2 AND decided_at IS NOT NULL ORDER BY id LIMIT ?3");
    LIMITS = "SELECT user_id AS id, json_object('set_by', 'administrator',
            'pictures_per_day', pictures_per_day, 'micro_dollars_per_month', micros_per_month) AS item
        FROM personal_limits WHERE user_id = ?1 AND ?2 = '' AND ?3 > 0
            AND (pictures_per_day IS NOT NULL OR micros_per_month IS NOT NULL)
        UNION ALL SELECT user_id, json_object('set_by', 'you',
            'pictures_per_day', own_pictures_per_day, 'micro_dollars_per_month', own_micros_per_month)
        FROM personal_limits WHERE user_id = ?1 AND ?2 = ''
            AND (own_pictures_per_day IS NOT NULL OR own_micros_per_month IS NOT NULL)";
    MAILS = concat!("SELECT id, json_object('tells_of', kind, 'queued_at', ", iso!("created_at"), ",
            'tries', tries) AS item
        FROM mails WHERE user_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
    LIKES = concat!("SELECT image_id AS id, json_object('picture', image_id, 'at', ", iso!("liked_at"), ") AS item
        FROM likes WHERE user_id = ?1 AND image_id > ?2 ORDER BY image_id LIMIT ?3");
    /// Others are named by what everybody may know of them.
    FOLLOWS = concat!("SELECT f.maker_id AS id, json_object('name', u.name, 'handle', u.handle, 'at', ", iso!("f.followed_at"), ") AS item
        FROM follows f JOIN users u ON u.id = f.maker_id
        WHERE f.user_id = ?1 AND f.maker_id > ?2 ORDER BY f.maker_id LIMIT ?3");
    HIDDEN = concat!("SELECT h.maker_id AS id, json_object('name', u.name, 'handle', u.handle, 'at', ", iso!("h.hidden_at"), ") AS item
        FROM hidden_makers h JOIN users u ON u.id = h.maker_id
        WHERE h.user_id = ?1 AND h.maker_id > ?2 ORDER BY h.maker_id LIMIT ?3");
    PICTURES = "SELECT i.*,
            (SELECT json_group_array(t.name) FROM image_tags t WHERE t.image_id = i.id) AS tag_list,
            (SELECT json_group_array(t.name) FROM public_tags t WHERE t.image_id = i.id) AS public_tag_list,
            (SELECT json_group_array(x.collection_id) FROM collection_images x WHERE x.image_id = i.id)
                AS collection_list
        FROM images i WHERE i.user_id = ?1 AND i.id > ?2 ORDER BY i.id LIMIT ?3";
}

/// The lists of an export, as its file names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Sessions, live or not yet swept.
    Sessions,
    /// Sign-ins that were, with device and network address.
    SignIns,
    /// Jobs in every state.
    Jobs,
    /// Collections, by id and name.
    Collections,
    /// Styles of the person's own.
    Styles,
    /// Changes that can still be undone.
    Changes,
    /// Reference pictures and masks.
    Uploads,
    /// The invitation by which the account was opened.
    InvitedBy,
    /// Invitations that the person made.
    Invitations,
    /// Decisions about their pictures and account, with what they objected.
    Decisions,
    /// Limits that an administrator or the person set for them.
    Limits,
    /// Mails to them that wait to be sent.
    Mails,
    /// Pictures they like.
    Likes,
    /// Whom they follow.
    Follows,
    /// Whose pictures lists leave out for them.
    Hidden,
}

impl List {
    /// Every list, in the file's order.
    pub const ALL: [(List, &str); 15] = [
        (List::Sessions, "sessions"),
        (List::SignIns, "sign_ins"),
        (List::Jobs, "jobs"),
        (List::Collections, "collections"),
        (List::Styles, "styles"),
        (List::Changes, "changes"),
        (List::Uploads, "uploads"),
        (List::InvitedBy, "invited_by"),
        (List::Invitations, "invitations"),
        (List::Decisions, "decisions"),
        (List::Limits, "limits"),
        (List::Mails, "mails"),
        (List::Likes, "likes"),
        (List::Follows, "follows"),
        (List::Hidden, "hidden_makers"),
    ];
}

/// The person's own row, as JSON.
pub async fn profile(db: &Db, user_id: &str) -> Result<Option<String>, DbError> {
    let statement = Statement::new(PROFILE).bind(user_id);
    let row = db.fetch_optional(statement).await?;
    row.map(|row| row.text("item")).transpose()
}

/// A page of a list: ids with JSON, in order.
pub async fn list(
    db: &Db,
    list: List,
    user_id: &str,
    after: &str,
) -> Result<Vec<(String, String)>, DbError> {
    let sql = match list {
        List::Sessions => SESSIONS,
        List::SignIns => SIGN_INS,
        List::Jobs => JOBS,
        List::Collections => COLLECTIONS,
        List::Styles => STYLES,
        List::Changes => CHANGES,
        List::Uploads => UPLOADS,
        List::InvitedBy => INVITED_BY,
        List::Invitations => INVITATIONS,
        List::Decisions => DECISIONS,
        List::Limits => LIMITS,
        List::Mails => MAILS,
        List::Likes => LIKES,
        List::Follows => FOLLOWS,
        List::Hidden => HIDDEN,
    };
    page(db, sql, user_id, after)
        .await?
        .iter()
        .map(|row| Ok((row.text("id")?, row.text("item")?)))
        .collect()
}

/// A page of the uploads: ids with formats.
pub async fn upload_files(
    db: &Db,
    user_id: &str,
    after: &str,
) -> Result<Vec<(String, String)>, DbError> {
    page(db, UPLOAD_FILES, user_id, after)
        .await?
        .iter()
        .map(|row| Ok((row.text("id")?, row.text("format")?)))
        .collect()
}

/// A picture with its place in the library.
pub struct ExportedImage {
    /// The picture's row.
    pub image: Image,
    /// Id of the picture it remixes.
    pub parent_id: Option<String>,
    /// Hex SHA-256 of its pixels, where it was told.
    pub pixels_sum: Option<String>,
    /// What it looks like, in 256 bits, where it was told.
    pub looks: Option<String>,
    /// Tags as the person wrote them.
    pub tags: Vec<String>,
    /// Tags that are shown with it while it is public.
    pub public_tags: Vec<String>,
    /// Ids of the collections it is in.
    pub collections: Vec<String>,
}

/// A page of the pictures, those in the trash too.
pub async fn pictures(db: &Db, user_id: &str, after: &str) -> Result<Vec<ExportedImage>, DbError> {
    page(db, PICTURES, user_id, after)
        .await?
        .iter()
        .map(|row| {
            Ok(ExportedImage {
                image: Image::from_row(row)?,
                parent_id: row.opt_text("parent_id")?,
                pixels_sum: row.opt_text("pixels_sum")?,
                looks: row.opt_text("looks")?,
                tags: row.json("tag_list")?,
                public_tags: row.json("public_tag_list")?,
                collections: row.json("collection_list")?,
            })
        })
        .collect()
}

async fn page(db: &Db, sql: &'static str, user_id: &str, after: &str) -> Result<Vec<Row>, DbError> {
    let statement = Statement::new(sql).bind(user_id).bind(after).bind(PAGE);
    db.fetch_all(statement).await
}
