//! Remixes: the picture one was made from and those made from it, as far as the
//! viewer may see both.

use super::Statement;

/// The most remixes a page lists.
const LISTED: u32 = 24;

statements! {
    /// `?2` is the viewer, NULL for a stranger, who sees what is published, but for what
    /// a decision keeps out of lists.
    PARENT = concat!("SELECT p.* FROM images c JOIN images p ON p.id = c.parent_id
        WHERE c.id = ?1 AND (c.user_id = ?2 OR c.public_key IS NOT NULL)
          AND (p.user_id = ?2 OR (p.public_key IS NOT NULL AND ", not_sensitive!("p"), " AND p.unlisted_by IS NULL))
          AND p.trashed_at IS NULL");
    REMIXES = concat!("SELECT c.* FROM images p JOIN images c ON c.parent_id = p.id
        WHERE p.id = ?1 AND (p.user_id = ?2 OR p.public_key IS NOT NULL)
          AND (c.user_id = ?2 OR (c.public_key IS NOT NULL AND ", not_sensitive!("c"), " AND c.unlisted_by IS NULL))
          AND c.trashed_at IS NULL
        ORDER BY c.id DESC LIMIT ?3");
}

/// Reads the picture this one was remixed from.
pub(super) fn parent_statement(id: &str, viewer_id: Option<&str>) -> Statement {
    Statement::new(PARENT).bind(id).bind(viewer_id)
}

/// Reads the pictures remixed from this one, newest first.
pub(super) fn remixes_statement(id: &str, viewer_id: Option<&str>) -> Statement {
    Statement::new(REMIXES)
        .bind(id)
        .bind(viewer_id)
        .bind(LISTED)
}
