-- Everything in this database that the layout grants or revokes, one row for each grant, and one row with no grantee
-- for an object without any. A missing ACL stands for the built-in default, which `acldefault` spells out.
-- $1: the schema, $2: the owner role, $3: functions that write large objects
with object (kind, name, flag, acl) as (
  select
    'database',
    quote_ident(database.datname),
    false,
    coalesce(database.datacl, acldefault('d', database.datdba))
  from pg_catalog.pg_database as database
  where database.datname = current_database()
  union all
  select
    'schema',
    quote_ident(wanted.name),
    wanted.name = $1,
    -- A schema that is still to be made has no privileges yet.
    case when namespace.oid is not null then coalesce(namespace.nspacl, acldefault('n', namespace.nspowner)) end
  from (select distinct unnest(array[$1, 'public'])) as wanted (name)
  left join pg_catalog.pg_namespace as namespace on namespace.nspname = wanted.name
  union all
  select
    case when class.relkind = 'S' then 'sequence' else 'table' end,
    format('%I.%I', namespace.nspname, class.relname),
    false,
    coalesce(class.relacl, acldefault((case when class.relkind = 'S' then 's' else 'r' end)::"char", class.relowner))
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = $1
    and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (
      select 1
      from pg_catalog.pg_depend as depend
      where depend.classid = 'pg_catalog.pg_class'::regclass
        and depend.objid = class.oid
        and depend.deptype = 'e'
    )
  union all
  -- Flag: a role that only reads may call it. Not one that runs as its owner, and not a procedure.
  select
    'routine',
    format(
      '%I.%I(%s)',
      namespace.nspname,
      proc.proname,
      pg_catalog.pg_get_function_identity_arguments(proc.oid)
    ),
    not proc.prosecdef and proc.prokind <> 'p' and proc.prorettype <> 'pg_catalog.trigger'::regtype,
    coalesce(proc.proacl, acldefault('f', proc.proowner))
  from pg_catalog.pg_proc as proc
  join pg_catalog.pg_namespace as namespace on namespace.oid = proc.pronamespace
  where namespace.nspname = $1
    and not exists (
      select 1
      from pg_catalog.pg_depend as depend
      where depend.classid = 'pg_catalog.pg_proc'::regclass
        and depend.objid = proc.oid
        and depend.deptype = 'e'
    )
  union all
  select
    'large object routine',
    format('pg_catalog.%I(%s)', proc.proname, pg_catalog.pg_get_function_identity_arguments(proc.oid)),
    false,
    coalesce(proc.proacl, acldefault('f', proc.proowner))
  from pg_catalog.pg_proc as proc
  where proc.pronamespace = 'pg_catalog'::regnamespace
    and proc.proname = any ($3)
  union all
  select
    'default ' || kind.name,
    '',
    false,
    coalesce(
      (
        select defaults.defaclacl
        from pg_catalog.pg_default_acl as defaults
        where defaults.defaclrole = owner.oid
          and defaults.defaclobjtype = kind.type
          and defaults.defaclnamespace = case
            when kind.global then 0::oid
            else (select oid from pg_catalog.pg_namespace where nspname = $1)
          end
      ),
      case when kind.global then acldefault(kind.type, owner.oid) end
    )
  from pg_catalog.pg_roles as owner
  cross join (
    values
      ('tables', 'r'::"char", false),
      ('sequences', 'S'::"char", false),
      ('functions', 'f'::"char", false),
      ('functions everywhere', 'f'::"char", true)
  ) as kind (name, type, global)
  where owner.rolname = $2
)
select
  object.kind,
  object.name,
  object.flag,
  case
    when item.grantee = 0 then 'PUBLIC'
    else pg_catalog.pg_get_userbyid(item.grantee)::text
  end as grantee,
  lower(item.privilege_type) as privilege
from object
left join lateral aclexplode(object.acl) as item on true
order by object.kind, object.name
