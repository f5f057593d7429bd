-- What is in the database and not in the schema, as far as a migration can make it.
with foreign_schema as (
  select oid, nspname
  from pg_catalog.pg_namespace
  where nspname <> {schema}
    and nspname <> 'information_schema'
    and nspname !~ '^pg_'
),
member as (
  select classid, objid from pg_catalog.pg_depend where deptype = 'e'
)
select 'schema ' || nspname as what
from foreign_schema
where nspname <> 'public'
union all
select 'extension ' || extname
from pg_catalog.pg_extension
where extname <> 'plpgsql'
union all
select
  case c.relkind when 'v' then 'view ' when 'm' then 'materialized view ' when 'S' then 'sequence ' else 'table ' end
    || f.nspname || '.' || c.relname
from pg_catalog.pg_class as c
join foreign_schema as f on f.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and (c.tableoid, c.oid) not in (select classid, objid from member)
union all
select 'function ' || f.nspname || '.' || p.proname
from pg_catalog.pg_proc as p
join foreign_schema as f on f.oid = p.pronamespace
where (p.tableoid, p.oid) not in (select classid, objid from member)
union all
select 'type ' || f.nspname || '.' || t.typname
from pg_catalog.pg_type as t
join foreign_schema as f on f.oid = t.typnamespace
where t.typtype in ('e', 'd', 'r')
  and (t.tableoid, t.oid) not in (select classid, objid from member)
union all
select 'publication ' || pubname
from pg_catalog.pg_publication
union all
select 'event trigger ' || evtname
from pg_catalog.pg_event_trigger
union all
select 'foreign server ' || srvname
from pg_catalog.pg_foreign_server
union all
select 'large object ' || oid
from pg_catalog.pg_largeobject_metadata
union all
select 'setting of the database ' || setting
from pg_catalog.pg_db_role_setting as s, pg_catalog.unnest(s.setconfig) as setting
where s.setdatabase = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
union all
select 'default privileges of the database on ' || defaclobjtype::pg_catalog.text
from pg_catalog.pg_default_acl
where defaclnamespace = 0
order by what
