select
  'collation' as kind,
  c.collname::pg_catalog.text as name,
  {role c.collowner} as owner,
  (
    pg_catalog.to_jsonb(c) - array['oid', 'collname', 'collnamespace', 'collowner', 'collversion']
  )::pg_catalog.text as definition,
  d.description as comment
from pg_catalog.pg_collation as c
left join pg_catalog.pg_description as d
  on d.objoid = c.oid
  and d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass
where c.collnamespace = {namespace}
  and {own pg_collation c.oid}
