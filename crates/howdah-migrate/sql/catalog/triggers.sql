select
  'trigger' as kind,
  c.relname::pg_catalog.text as of,
  g.tgname::pg_catalog.text as name,
  {uses pg_trigger g.oid} as uses,
  pc.relname::pg_catalog.text as copy_of_table,
  parent.tgname::pg_catalog.text as copy_of,
  pg_catalog.pg_get_triggerdef(g.oid) as definition,
  case g.tgenabled when 'D' then 'no' when 'R' then 'on a replica' when 'A' then 'always' else 'yes' end as enabled,
  d.description as comment
from pg_catalog.pg_trigger as g
join pg_catalog.pg_class as c
  on c.oid = g.tgrelid
left join pg_catalog.pg_trigger as parent
  on parent.oid = g.tgparentid
left join pg_catalog.pg_class as pc
  on pc.oid = parent.tgrelid
left join pg_catalog.pg_description as d
  on d.objoid = g.oid
  and d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass
where c.relnamespace = {namespace}
  -- Before version 15, the copies that partitions get are internal, as the triggers of foreign keys are.
  and (not g.tgisinternal or (g.tgparentid <> 0 and g.tgconstraint = 0))
