set local client_min_messages = error;
rollback;
close all;
reset session authorization;
reset role;
reset all;
unlisten *;
discard temp;
discard sequences;
select pg_catalog.pg_advisory_unlock_all();
select 'deallocate ' || pg_catalog.quote_ident(name) as deallocate
  from pg_catalog.pg_prepared_statements
  where from_sql
