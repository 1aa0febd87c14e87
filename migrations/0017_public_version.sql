-- A number that grows whenever something changes that strangers see: what nodes
-- keep of public pages in memory is of one number, and each looks for it once a
-- second.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced, and
-- what that one changes counts, too.
--
-- No picture is public when its row is inserted; but for those of `imgc move`, whose
-- database nobody reads yet.

-- Only of what a page for strangers says of it: a mark as a favourite is none of that.
CREATE TRIGGER public_version_of_images AFTER UPDATE OF user_id, width, height, format, bytes,
    sha256, placeholder, widths, model, prompt, revised_prompt, settings, public_key, published_at,
    created_at, trashed_at, credentials, parent_id, shows_prompt, other_format ON images
WHEN OLD.public_key IS NOT NULL OR NEW.public_key IS NOT NULL
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- With its owner as well: what a foreign key deletes sets off triggers, too.
CREATE TRIGGER public_version_of_erased AFTER DELETE ON images
WHEN OLD.public_key IS NOT NULL
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

-- The name under their pictures.
CREATE TRIGGER public_version_of_users AFTER UPDATE OF name, handle ON users
WHEN OLD.name <> NEW.name OR OLD.handle IS NOT NEW.handle
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;

CREATE TRIGGER public_version_of_first_legal_texts AFTER INSERT ON legal_texts
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER public_version_of_legal_texts AFTER UPDATE ON legal_texts
BEGIN
    INSERT INTO service_state (name, value) VALUES ('public_version', 1)
        ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
