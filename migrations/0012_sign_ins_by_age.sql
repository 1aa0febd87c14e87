-- Sign-ins under way are bounded in all, the oldest going first, and deleted
-- when their time is over: both ask for them by age.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

CREATE INDEX sign_ins_by_age ON sign_ins (expires_at, token_hash);
