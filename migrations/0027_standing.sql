-- What the service tells everybody a year about notices and decisions: sums that name
-- nobody, kept apart from the cases, which go with accounts. Each is written in the
-- batch of what it counts. Accepted by SQLite and by Cloudflare D1; it only adds, so that
-- the release before it goes on working while it is replaced.
CREATE TABLE notice_sums (
    -- The calendar year in UTC.
    year INTEGER NOT NULL,
    -- What is counted: notice, order, picture, account, ground, own, appeal, answer, unread.
    kind TEXT NOT NULL,
    -- Which of its kind: the word that the rows counted have for it.
    word TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (year, kind, word)
) STRICT;

-- How many decisions took so many minutes from the first notice on: what medians are of.
CREATE TABLE decision_times (
    year INTEGER NOT NULL,
    minutes INTEGER NOT NULL,
    decisions INTEGER NOT NULL,
    PRIMARY KEY (year, minutes)
) STRICT;

-- What there is already.
INSERT INTO notice_sums (year, kind, word, count)
    SELECT CAST(strftime('%Y', created_at / 1000, 'unixepoch') AS INTEGER), 'notice', reason, COUNT(*)
    FROM notices GROUP BY 1, 3;
INSERT INTO notice_sums (year, kind, word, count)
    SELECT CAST(strftime('%Y', decided_at / 1000, 'unixepoch') AS INTEGER), 'picture', picture, COUNT(*)
    FROM cases WHERE decided_at IS NOT NULL GROUP BY 1, 3;
INSERT INTO notice_sums (year, kind, word, count)
    SELECT CAST(strftime('%Y', decided_at / 1000, 'unixepoch') AS INTEGER), 'account', account, COUNT(*)
    FROM cases WHERE decided_at IS NOT NULL GROUP BY 1, 3;
INSERT INTO notice_sums (year, kind, word, count)
    SELECT CAST(strftime('%Y', decided_at / 1000, 'unixepoch') AS INTEGER), 'ground', ground, COUNT(*)
    FROM cases WHERE decided_at IS NOT NULL AND (picture <> 'kept' OR account <> 'none') GROUP BY 1, 3;
INSERT INTO decision_times (year, minutes, decisions)
    SELECT CAST(strftime('%Y', decided_at / 1000, 'unixepoch') AS INTEGER),
        MAX(0, decided_at - opened_at) / 60000, COUNT(*)
    FROM cases WHERE decided_at IS NOT NULL GROUP BY 1, 2;

-- Orders of authorities (Digital Services Act, Articles 9 and 10; terrorist content).
CREATE TABLE authority_orders (
    -- Random, 128 bits, base64url: the address of the page that tells how it stands.
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('terrorism', 'removal', 'information')),
    authority TEXT NOT NULL,
    reference TEXT NOT NULL,
    -- On which law it rests.
    basis TEXT NOT NULL,
    -- The addresses it names, as they were written.
    pictures TEXT NOT NULL,
    words TEXT NOT NULL,
    -- Who answers for it at the authority.
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    answered_at INTEGER,
    -- A hash of the administrator's id.
    answered_by TEXT,
    answer TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX authority_orders_waiting ON authority_orders (due_at) WHERE answered_at IS NULL;
CREATE INDEX authority_orders_by_age ON authority_orders (answered_at);

-- The order that a notice is a part of: one notice for each public picture it names.
ALTER TABLE notices ADD COLUMN order_id TEXT;
CREATE INDEX notices_of_order ON notices (order_id) WHERE order_id IS NOT NULL;
-- True where it came while the reports of whoever sent it go unread.
ALTER TABLE notices ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
-- 1 where it was found to be manifestly unfounded, 2 where that was not the first time.
ALTER TABLE notices ADD COLUMN unfounded INTEGER NOT NULL DEFAULT 0;

-- Whose reports were manifestly unfounded, under a keyed hash of their e-mail address.
CREATE TABLE unfounded_reporters (
    person TEXT PRIMARY KEY,
    -- When that was last said.
    marked_at INTEGER NOT NULL,
    -- Until when their reports go unread; NULL while they are only warned.
    unread_until INTEGER
) STRICT;
CREATE INDEX unfounded_reporters_by_age ON unfounded_reporters (marked_at);
