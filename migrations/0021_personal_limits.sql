-- Limits of one person: what an administrator set for them in place of the service's
-- own, and what they set for themselves; and the sums of a month that they are held to.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only
-- adds, so that the release before it goes on working while it is replaced.

-- NULL is no such limit; a row of nothing but NULL is as good as none. An
-- administrator's may be higher or lower than the service's; a person's own counts
-- only where it is the lowest.
CREATE TABLE personal_limits (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    pictures_per_day INTEGER CHECK (pictures_per_day >= 0),
    micros_per_month INTEGER CHECK (micros_per_month >= 0),
    own_pictures_per_day INTEGER CHECK (own_pictures_per_day >= 0),
    own_micros_per_month INTEGER CHECK (own_micros_per_month >= 0)
) STRICT;

-- What a person's jobs of a month (the midnight in UTC that it begins with, Unix
-- milliseconds) come to: pictures that are ready, and what all of it weighs against a
-- budget, as in `day_sums`.
CREATE TABLE month_sums (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    month INTEGER NOT NULL,
    pictures INTEGER NOT NULL,
    billable_micros INTEGER NOT NULL,
    PRIMARY KEY (user_id, month)
) STRICT;

-- A job's part in it.
CREATE VIEW job_month_parts AS
    SELECT id, user_id, unixepoch(day / 1000, 'unixepoch', 'start of month') * 1000 AS month,
        pictures, billable_micros
    FROM job_parts;

INSERT INTO month_sums (user_id, month, pictures, billable_micros)
    SELECT user_id, month, SUM(pictures), SUM(billable_micros)
    FROM job_month_parts GROUP BY user_id, month;

CREATE TRIGGER month_sums_added AFTER INSERT ON jobs BEGIN
    INSERT INTO month_sums (user_id, month, pictures, billable_micros)
        SELECT user_id, month, pictures, billable_micros FROM job_month_parts WHERE id = new.id
        ON CONFLICT (user_id, month) DO UPDATE SET
            pictures = pictures + excluded.pictures,
            billable_micros = billable_micros + excluded.billable_micros;
END;

-- As the sums of a day: taken away before the row changes, and added as it is then.
CREATE TRIGGER month_sums_taken BEFORE UPDATE OF state, settings, reserved_micros, cost_micros,
    pictures, created_at, user_id ON jobs
    WHEN old.state <> new.state AND (old.state IN ('ready', 'failed', 'unknown', 'cancelled')
            OR new.state IN ('ready', 'failed', 'unknown', 'cancelled'))
        OR old.settings <> new.settings OR old.reserved_micros <> new.reserved_micros
        OR old.cost_micros IS NOT new.cost_micros OR old.pictures IS NOT new.pictures
        OR old.created_at <> new.created_at OR old.user_id <> new.user_id
BEGIN
    UPDATE month_sums SET pictures = month_sums.pictures - p.pictures,
            billable_micros = month_sums.billable_micros - p.billable_micros
        FROM job_month_parts AS p
        WHERE p.id = old.id AND month_sums.user_id = p.user_id AND month_sums.month = p.month;
END;
CREATE TRIGGER month_sums_given AFTER UPDATE OF state, settings, reserved_micros, cost_micros,
    pictures, created_at, user_id ON jobs
    WHEN old.state <> new.state AND (old.state IN ('ready', 'failed', 'unknown', 'cancelled')
            OR new.state IN ('ready', 'failed', 'unknown', 'cancelled'))
        OR old.settings <> new.settings OR old.reserved_micros <> new.reserved_micros
        OR old.cost_micros IS NOT new.cost_micros OR old.pictures IS NOT new.pictures
        OR old.created_at <> new.created_at OR old.user_id <> new.user_id
BEGIN
    INSERT INTO month_sums (user_id, month, pictures, billable_micros)
        SELECT user_id, month, pictures, billable_micros FROM job_month_parts WHERE id = new.id
        ON CONFLICT (user_id, month) DO UPDATE SET
            pictures = pictures + excluded.pictures,
            billable_micros = billable_micros + excluded.billable_micros;
END;
-- With its owner as well; the person's own sums go with the person.
CREATE TRIGGER month_sums_removed BEFORE DELETE ON jobs BEGIN
    UPDATE month_sums SET pictures = month_sums.pictures - p.pictures,
            billable_micros = month_sums.billable_micros - p.billable_micros
        FROM job_month_parts AS p
        WHERE p.id = old.id AND month_sums.user_id = p.user_id AND month_sums.month = p.month;
END;
