-- What the search index holds of a prompt is made in another way since: signs
-- such as € and ∞ are words, and more scripts without spaces are cut into
-- characters. Every row counts as unprepared again, and housekeeping prepares
-- them, some at a time; until then their prompts are indexed as they are. The
-- trigger on `search_text` takes the old words out of the index and puts the
-- prompt in, so index and rows never differ.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here.

UPDATE images SET search_text = NULL WHERE search_text IS NOT NULL;
