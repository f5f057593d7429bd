-- What every role may do on every object of the database, as the server computes it.
-- $1: how the roles' names begin
select format('%s %s %s', role.rolname, privilege, object)
from pg_catalog.pg_roles as role
cross join lateral (
  select 'database' as object, privilege, has_database_privilege(role.oid, current_database(), privilege) as held
  from unnest(array['connect', 'create', 'temporary']) as privilege
  union all
  select namespace.nspname::text, privilege, has_schema_privilege(role.oid, namespace.oid, privilege)
  from pg_catalog.pg_namespace as namespace
  cross join unnest(array['usage', 'create']) as privilege
  where namespace.nspname !~ '^pg_'
  union all
  select class.oid::regclass::text, privilege, has_table_privilege(role.oid, class.oid, privilege)
  from pg_catalog.pg_class as class
  cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) as privilege
  where class.relnamespace = 'app'::regnamespace
    and class.relkind in ('r', 'p', 'v', 'm')
  union all
  select
    class.oid::regclass::text,
    privilege,
    case when class.relkind = 'S' then has_sequence_privilege(role.oid, class.oid, privilege) end
  from pg_catalog.pg_class as class
  cross join unnest(array['usage', 'select', 'update']) as privilege
  where class.relnamespace = 'app'::regnamespace
    and class.relkind = 'S'
  union all
  select proc.oid::regprocedure::text, 'execute', has_function_privilege(role.oid, proc.oid, 'execute')
  from pg_catalog.pg_proc as proc
  where proc.pronamespace = 'app'::regnamespace or proc.proname ~ '^lo_|^lowrite'
) as possible
where starts_with(role.rolname, $1)
  and possible.held
order by 1
