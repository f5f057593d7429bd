select
  x.indexrelid::pg_catalog.text as id,
  pg_catalog.format('%I.%I', n.nspname, c.relname) as name
from pg_catalog.pg_index as x
join pg_catalog.pg_class as c
  on c.oid = x.indexrelid
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
where not x.indisvalid
  and c.relname ~ '_cc(new|old)[0-9]*$'
  and exists (
    select
    from pg_catalog.pg_class as t
    where x.indrelid in (t.oid, t.reltoastrelid)
      and {tables}
  )
order by x.indexrelid
