select
  'index' as kind,
  c.relname::pg_catalog.text as of,
  x.relname::pg_catalog.text as name,
  array(
    select a.attname::pg_catalog.text
    from pg_catalog.pg_depend as o
    join pg_catalog.pg_attribute as a
      on a.attrelid = o.refobjid
      and a.attnum = o.refobjsubid
    where o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and o.objid = i.indexrelid
      and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and o.refobjid = i.indrelid
      and o.refobjsubid > 0
  ) as columns,
  pt.relname::pg_catalog.text as copy_of_table,
  px.relname::pg_catalog.text as copy_of,
  pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
  case
    when i.indisvalid and i.indisready then 'valid'
    when i.indisready then 'invalid'
    else 'invalid, not ready'
  end as state,
  {yes i.indisclustered} as clustered,
  (
    select pg_catalog.string_agg(a.attnum || ' ' || a.attstattarget, ', ' order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = i.indexrelid
      and nullif(a.attstattarget, -1) is not null
  ) as statistics,
  d.description as comment
from pg_catalog.pg_index as i
join pg_catalog.pg_class as x
  on x.oid = i.indexrelid
join pg_catalog.pg_class as c
  on c.oid = i.indrelid
left join pg_catalog.pg_inherits as h
  on h.inhrelid = i.indexrelid
left join pg_catalog.pg_index as pi
  on pi.indexrelid = h.inhparent
left join pg_catalog.pg_class as px
  on px.oid = pi.indexrelid
left join pg_catalog.pg_class as pt
  on pt.oid = pi.indrelid
left join pg_catalog.pg_description as d
  on d.objoid = i.indexrelid
  and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objsubid = 0
where c.relnamespace = {namespace}
  and c.relkind in ('r', 'p', 'm')
  and not exists (
    select
    from pg_catalog.pg_constraint as k
    where k.conindid = i.indexrelid
      and k.conrelid = i.indrelid
      and k.contype in ('p', 'u', 'x')
  )
