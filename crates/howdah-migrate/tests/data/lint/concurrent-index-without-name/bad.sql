-- no-transaction
create index concurrently on t (a); -- finding
create unique index concurrently if not exists -- finding
  on only t (b);
