-- Those that live in the schema, and those that something in it is made with.
with schema as (
  select oid from pg_catalog.pg_namespace where nspname = {schema}
),
objects (classid, objid) as (
  select c.tableoid, c.oid from pg_catalog.pg_class as c, schema as s where c.relnamespace = s.oid
  union all
  select p.tableoid, p.oid from pg_catalog.pg_proc as p, schema as s where p.pronamespace = s.oid
  union all
  select t.tableoid, t.oid from pg_catalog.pg_type as t, schema as s where t.typnamespace = s.oid
  union all
  select o.tableoid, o.oid from pg_catalog.pg_operator as o, schema as s where o.oprnamespace = s.oid
  union all
  select k.tableoid, k.oid from pg_catalog.pg_constraint as k, schema as s where k.connamespace = s.oid
  union all
  select d.tableoid, d.oid
  from pg_catalog.pg_attrdef as d
  join pg_catalog.pg_class as c on c.oid = d.adrelid, schema as s
  where c.relnamespace = s.oid
  union all
  select r.tableoid, r.oid
  from pg_catalog.pg_rewrite as r
  join pg_catalog.pg_class as c on c.oid = r.ev_class, schema as s
  where c.relnamespace = s.oid
  union all
  select t.tableoid, t.oid
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_class as c on c.oid = t.tgrelid, schema as s
  where c.relnamespace = s.oid
  union all
  select p.tableoid, p.oid
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid, schema as s
  where c.relnamespace = s.oid
),
used as (
  select member.refobjid as extension
  from objects as o
  join pg_catalog.pg_depend as d
    on d.classid = o.classid
    and d.objid = o.objid
  join pg_catalog.pg_depend as member
    on member.classid = d.refclassid
    and member.objid = d.refobjid
    and member.deptype = 'e'
)
select
  e.extname::pg_catalog.text as name,
  n.nspname::pg_catalog.text as schema
from pg_catalog.pg_extension as e
join pg_catalog.pg_namespace as n
  on n.oid = e.extnamespace
where e.extname <> 'plpgsql'
  and (n.nspname = {schema} or e.oid in (select extension from used))
order by e.extname
