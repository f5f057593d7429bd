-- Tables, sequences and routines, one row for all of a schema that have one owner and the same privileges: a thousand
-- schemas are some thousand rows, where one row for each grant would be hundreds of thousands. A missing ACL stands for
-- the built-in default, which `acldefault` spells out. What belongs to an extension is the extension's business.
-- `safe`: a role that only reads may call it. Not one that runs as its owner, and not a procedure.
-- $1: functions of the server that write large objects
with object as (
  select
    class.relnamespace as namespace,
    case when class.relkind = 'S' then 'sequence' else 'table' end as kind,
    false as safe,
    class.relowner as owner,
    class.relname::text as name,
    coalesce(class.relacl, acldefault((case when class.relkind = 'S' then 's' else 'r' end)::"char", class.relowner)) as acl
  from pg_catalog.pg_class as class
  where class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (
      select 1
      from pg_catalog.pg_depend as depend
      where depend.classid = 'pg_catalog.pg_class'::regclass
        and depend.objid = class.oid
        and depend.deptype = 'e'
    )
  union all
  select
    proc.pronamespace,
    'routine',
    not proc.prosecdef and proc.prokind <> 'p' and proc.prorettype <> 'pg_catalog.trigger'::regtype,
    proc.proowner,
    format('%I(%s)', proc.proname, pg_catalog.pg_get_function_identity_arguments(proc.oid)),
    coalesce(proc.proacl, acldefault('f', proc.proowner))
  from pg_catalog.pg_proc as proc
  where proc.pronamespace <> 'pg_catalog'::regnamespace
    and not exists (
      select 1
      from pg_catalog.pg_depend as depend
      where depend.classid = 'pg_catalog.pg_proc'::regclass
        and depend.objid = proc.oid
        and depend.deptype = 'e'
    )
  union all
  select
    proc.pronamespace,
    'large object routine',
    false,
    proc.proowner,
    format('%I(%s)', proc.proname, pg_catalog.pg_get_function_identity_arguments(proc.oid)),
    coalesce(proc.proacl, acldefault('f', proc.proowner))
  from pg_catalog.pg_proc as proc
  where proc.pronamespace = 'pg_catalog'::regnamespace
    and proc.proname = any ($1)
),
grouped as (
  select namespace, kind, safe, owner, acl, array_agg(name) as names
  from object
  group by namespace, kind, safe, owner, acl
)
select
  namespace.nspname::text as schema,
  grouped.kind,
  grouped.safe,
  pg_catalog.pg_get_userbyid(grouped.owner)::text as owner,
  grouped.names,
  acl.*
from grouped
join pg_catalog.pg_namespace as namespace on namespace.oid = grouped.namespace
cross join lateral (
  select
    array_agg(case when item.grantee = 0 then '' else pg_catalog.pg_get_userbyid(item.grantee)::text end) as grantees,
    array_agg(pg_catalog.pg_get_userbyid(item.grantor)::text) as grantors,
    array_agg(item.privilege_type) as privileges,
    array_agg(item.is_grantable) as grantable
  from aclexplode(grouped.acl) as item
) as acl
where (namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema')
  or grouped.kind = 'large object routine'
