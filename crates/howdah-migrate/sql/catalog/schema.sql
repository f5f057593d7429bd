select
  'schema' as kind,
  '' as name,
  n.oid::pg_catalog.text as namespace,
  coalesce(l.relowner, n.nspowner)::pg_catalog.text as owner,
  nullif(d.description, 'standard public schema') as comment
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_class as l
  on l.relnamespace = n.oid
  and l.relname = {ledger}
left join pg_catalog.pg_description as d
  on d.objoid = n.oid
  and d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
where n.nspname = {schema}
