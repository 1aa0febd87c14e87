-- Whether an original carries Content Credentials (C2PA), found when it arrived.
ALTER TABLE images ADD COLUMN credentials INTEGER NOT NULL DEFAULT 0;
