-- Mails to authorities that sent an order: that it came, and that it was answered.
--
-- Accepted by SQLite and by Cloudflare D1, like every migration here. It only adds, so
-- that the release before it goes on working while it is replaced.

-- The order that a mail is about, whose sender it goes to.
ALTER TABLE mails ADD COLUMN order_id TEXT REFERENCES authority_orders (id) ON DELETE CASCADE;
CREATE INDEX mails_of_order ON mails (order_id) WHERE order_id IS NOT NULL;
-- The language of the page on which an order was written, where its receipt went by mail.
ALTER TABLE authority_orders ADD COLUMN mail_language TEXT;
