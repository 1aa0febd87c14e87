-- Several tabs of a browser may be signing in at once: one cookie, and a row for
-- each state that was sent to the provider. A row's token_hash is then made of
-- the cookie's token and the state; the words kept for a stranger stand under
-- the token alone, as before.

-- SHA-256 of the cookie's token, hex; NULL in rows begun before.
ALTER TABLE sign_ins ADD COLUMN browser TEXT;
CREATE INDEX sign_ins_by_browser ON sign_ins (browser);

-- 1: the provider did not say that the address is verified, and was believed all
-- the same (oidc.email_verified). Nobody is an administrator by such an address.
ALTER TABLE users ADD COLUMN email_assumed INTEGER NOT NULL DEFAULT 0;
