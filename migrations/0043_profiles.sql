-- Pages of people who want one, and the handles that were given up.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- Nobody has a page before they ask for one.
ALTER TABLE users ADD COLUMN profile_wanted INTEGER NOT NULL DEFAULT 0;
-- Whether their picture is shown there.
ALTER TABLE users ADD COLUMN profile_picture INTEGER NOT NULL DEFAULT 0;
-- What they say of themselves there.
ALTER TABLE users ADD COLUMN profile_text TEXT NOT NULL DEFAULT '';
-- The decision that switched the page off; it stays off while that stands.
ALTER TABLE users ADD COLUMN profile_off_by TEXT;

-- What the map of the site goes by.
CREATE INDEX users_with_profile ON users (handle) WHERE profile_wanted = 1;

-- Handles by what they look like: `model/handle.rs` folds them in the same way.
CREATE INDEX users_by_skeleton ON users (REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
    handle, '-', ''), '0', 'o'), '1', 'l'), 'i', 'l'), 'rn', 'm'), 'vv', 'w')) WHERE handle IS NOT NULL;

-- Handles that nobody else may take before they have rested. Handle and former owner
-- are keyed hashes: of somebody who is gone nothing can be read here.
CREATE TABLE given_up_handles (
    handle TEXT PRIMARY KEY,
    former TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX given_up_handles_by_end ON given_up_handles (until);

-- What strangers see of somebody's page, and whether there is one.
CREATE TRIGGER public_version_of_profiles AFTER UPDATE OF profile_wanted, profile_picture, profile_text,
    profile_off_by, erasure_id, suspended_until, keeps_private, avatar_key ON users
WHEN (old.profile_wanted = 1 OR new.profile_wanted = 1)
    AND (old.profile_wanted <> new.profile_wanted OR old.profile_picture <> new.profile_picture
        OR old.profile_text <> new.profile_text OR old.profile_off_by IS NOT new.profile_off_by
        OR old.erasure_id IS NOT new.erasure_id OR old.suspended_until IS NOT new.suspended_until
        OR old.keeps_private <> new.keeps_private OR old.avatar_key IS NOT new.avatar_key)
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- That likes have changed. What is kept of public pages outlives a like, so the version
-- of what strangers see is not counted up by it: a task does, once a minute at most.
CREATE TRIGGER likes_changed_given AFTER INSERT ON likes BEGIN
    INSERT INTO service_state (name, value) VALUES ('likes_changed', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER likes_changed_taken AFTER DELETE ON likes BEGIN
    INSERT INTO service_state (name, value) VALUES ('likes_changed', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
