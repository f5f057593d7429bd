select n.nspname::pg_catalog.text as schema
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
where c.relname = '_sqlx_migrations'
  and c.relkind in ('r', 'p')
  and not pg_catalog.pg_is_other_temp_schema(n.oid)
order by n.nspname
