create index a_idx on a (b, c, d);
create unique index a_idx2 on a (b, c, d, e);
create index a_idx3 on a (coalesce(b, c, d, e), f) include (g, h, i, j);
create index a_idx4 on a (b) where c in (1, 2, 3, 4);
comment on index a_idx is 'create index a on a (b, c, d, e)';
