select c.relname::pg_catalog.text as name
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
where n.nspname = {schema}
  and c.relkind = 'r'
order by c.relname
