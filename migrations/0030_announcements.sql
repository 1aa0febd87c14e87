-- What administrators tell everybody on every page for a time: work that is coming, a
-- change of the terms.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.
CREATE TABLE announcements (
    id TEXT PRIMARY KEY,
    -- JSON: the words by the code of their language.
    words TEXT NOT NULL,
    -- Unix milliseconds: shown from, and no longer from then on.
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;

-- They stand on the pages that are kept for strangers.
CREATE TRIGGER public_version_of_announcements AFTER INSERT ON announcements
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_of_gone_announcements AFTER DELETE ON announcements
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
