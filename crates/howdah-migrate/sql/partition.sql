select
  c.oid::pg_catalog.text as partition,
  p.oid::pg_catalog.text as parent,
  pg_catalog.format('%I.%I', cn.nspname, c.relname) as name,
  pg_catalog.format(
    'alter table %I.%I detach partition %I.%I finalize',
    pn.nspname, p.relname, cn.nspname, c.relname
  ) as finalize,
  i.inhrelid is not null as is_attached,
  -- A column since PostgreSQL 14.
  coalesce((pg_catalog.to_jsonb(i) ->> 'inhdetachpending')::pg_catalog.bool, false) as is_pending
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as cn
  on cn.oid = c.relnamespace
cross join pg_catalog.pg_class as p
join pg_catalog.pg_namespace as pn
  on pn.oid = p.relnamespace
left join pg_catalog.pg_inherits as i
  on i.inhrelid = c.oid
  and i.inhparent = p.oid
where c.oid = {partition}
  and p.oid = {parent}
