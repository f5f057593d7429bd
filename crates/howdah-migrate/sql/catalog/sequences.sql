select
  'sequence' as kind,
  c.relname::pg_catalog.text as name,
  t.relname::pg_catalog.text as other_table,
  array[a.attname::pg_catalog.text] as other_columns,
  {role c.relowner} as owner,
  case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
  pg_catalog.format_type(s.seqtypid, null) as type,
  s.seqstart::pg_catalog.text as start,
  s.seqincrement::pg_catalog.text as increment,
  s.seqmin::pg_catalog.text as minimum,
  s.seqmax::pg_catalog.text as maximum,
  s.seqcache::pg_catalog.text as cache,
  {yes s.seqcycle} as cycle,
  t.oid::pg_catalog.regclass::pg_catalog.text || '.' || pg_catalog.quote_ident(a.attname) as owned_by,
  d.description as comment
from pg_catalog.pg_sequence as s
join pg_catalog.pg_class as c
  on c.oid = s.seqrelid
left join pg_catalog.pg_depend as o
  on o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and o.objid = s.seqrelid
  and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and o.refobjsubid > 0
  and o.deptype in ('a', 'i')
left join pg_catalog.pg_class as t
  on t.oid = o.refobjid
left join pg_catalog.pg_attribute as a
  on a.attrelid = o.refobjid
  and a.attnum = o.refobjsubid
left join pg_catalog.pg_description as d
  on d.objoid = s.seqrelid
  and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objsubid = 0
where c.relnamespace = {namespace}
  and o.deptype is distinct from 'i'
  and {own pg_class c.oid}
