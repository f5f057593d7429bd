-- no-transaction
create index concurrently a_idx on a (b);
