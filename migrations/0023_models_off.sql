-- Models that an administrator has switched off: they are offered no longer, on any
-- node, until somebody switches them on again. Who did so stands among the acts of
-- administrators. It only adds, so that the release before it goes on working.
CREATE TABLE models_off (
    -- The catalogue's id.
    model TEXT PRIMARY KEY,
    -- Unix milliseconds.
    off_at INTEGER NOT NULL
) STRICT;
