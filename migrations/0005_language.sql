-- The language a person signed up in, suggested on pages in another one.
ALTER TABLE users ADD COLUMN language TEXT;
