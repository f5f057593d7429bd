create index a_idx on a (b);
refresh materialized view concurrently m;
reindex table a;
analyze a;
alter table a detach partition b;
select 'vacuum', $$ vacuum; $$; -- vacuum
do $$ begin execute 'create database b'; end $$;
reindex (concurrently off) table a;
cluster a using a_idx;
create subscription s connection '' publication p with (create_slot = false);
