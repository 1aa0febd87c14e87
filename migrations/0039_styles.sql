-- A person's own styles: words before and after a prompt, with settings, under a name.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

CREATE TABLE styles (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Without case and accents: what makes two names the same.
    folded TEXT NOT NULL,
    words_before TEXT NOT NULL,
    words_after TEXT NOT NULL,
    -- A form without words and pictures, as JSON.
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (user_id, folded)
) STRICT;
