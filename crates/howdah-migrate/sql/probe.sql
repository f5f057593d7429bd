select
  n.oid is not null as schema_exists,
  c.oid is not null as ledger_exists,
  log.oid is not null as log_exists,
  coalesce(
    pg_catalog.has_schema_privilege(home.oid, 'usage')
      and pg_catalog.has_table_privilege(c.oid, 'select'),
    false
  ) as readable,
  coalesce(
    pg_catalog.has_schema_privilege(home.oid, 'usage')
      and pg_catalog.has_table_privilege(log.oid, 'select'),
    false
  ) as log_readable,
  pg_catalog.current_setting('role') as role,
  current_user::pg_catalog.text as reader
from (select 1) as one
left join pg_catalog.pg_namespace as n
  on n.nspname = {schema}
left join pg_catalog.pg_namespace as home
  on home.nspname = {home}
left join pg_catalog.pg_class as c
  on c.relnamespace = home.oid
  and c.relname = {ledger}
left join pg_catalog.pg_class as log
  on log.relnamespace = home.oid
  and log.relname = {log}
