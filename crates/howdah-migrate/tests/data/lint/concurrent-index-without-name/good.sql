-- no-transaction
create index concurrently t_a_idx on t (a);
create index on t (a);
comment on table t is 'create index concurrently on t (a)';
-- create index concurrently on t (a);
do $$ begin execute 'create index concurrently on t (a)'; end $$;
