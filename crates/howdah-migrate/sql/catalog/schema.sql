select
  'schema' as kind,
  '' as name,
  n.oid::pg_catalog.text as namespace,
  coalesce(
    l.relowner,
    -- The schema `public` belongs to whoever owns the database (PostgreSQL 15 and newer) or to the first superuser
    -- (before), which says nothing about who migrates. Who owns most of it does.
    case when owner.rolname = 'pg_database_owner' or n.nspname = 'public' and n.nspowner = 10 then (
      select c.relowner
      from pg_catalog.pg_class as c
      where c.relnamespace = n.oid
        and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
        and not exists (
          select
          from pg_catalog.pg_depend as membership
          where membership.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and membership.objid = c.oid
            and membership.deptype = 'e'
        )
      group by c.relowner
      order by pg_catalog.count(*) desc, c.relowner
      limit 1
    ) end,
    case when owner.rolname = 'pg_database_owner' then b.datdba end,
    n.nspowner
  )::pg_catalog.text as owner,
  nullif(d.description, 'standard public schema') as comment
from pg_catalog.pg_namespace as n
join pg_catalog.pg_roles as owner
  on owner.oid = n.nspowner
join pg_catalog.pg_database as b
  on b.datname = pg_catalog.current_database()
left join pg_catalog.pg_class as l
  on l.relnamespace = n.oid
  and l.relname = {ledger}
left join pg_catalog.pg_description as d
  on d.objoid = n.oid
  and d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
where n.nspname = {schema}
