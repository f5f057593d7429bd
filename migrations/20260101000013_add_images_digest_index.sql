-- no-transaction
-- Concurrently, as on a table that is in use: writers do not wait for the build.
create index concurrently images_digest_idx
  on images (digest)
  where digest is not null;
