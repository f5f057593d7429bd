create index a_idx on a (b, c, d, e); -- finding
create index concurrently if not exists -- finding
  a_idx2 on only a using btree (lower(b), coalesce(c, 1), d desc nulls last, (e + f));
