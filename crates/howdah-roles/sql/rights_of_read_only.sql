-- As rights_of_app.sql, for the role that only reads.
-- `case` keeps the planner from asking for sequence privileges of what is no sequence, which is an error.
-- $1: the schema, $2: the owner, $3: the migrator
with relation as (
  select class.oid, class.relkind, format('%I.%I', namespace.nspname, class.relname) as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = $1
    and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
)
select 'may create schemas in the database'
where has_database_privilege(current_database(), 'create')
union all
select 'may create temporary tables'
where has_database_privilege(current_database(), 'temporary')
union all
select format('may create objects in schema %I', nspname)
from pg_catalog.pg_namespace
where nspname in ($1, 'public')
  and has_schema_privilege(oid, 'create')
union all
select format('cannot use schema %I', $1)
where not has_schema_privilege($1, 'usage')
union all
select format('is a member of %I', role.rolname)
from pg_catalog.pg_roles as role
where role.rolname in ($2, $3)
  and pg_has_role(role.oid, 'member')
union all
select format('cannot select %s', relation.name)
from relation
where not (
  case
    when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'select')
    else has_table_privilege(relation.oid, 'select')
  end
)
union all
select format('may %s %s', privilege, relation.name)
from relation
cross join (values ('insert'), ('update'), ('delete'), ('truncate')) as denied (privilege)
where relation.relkind <> 'S'
  and has_table_privilege(relation.oid, privilege)
union all
select format('may use sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'usage, update') end
union all
select format('may write through %s', proc.oid::regprocedure)
from pg_catalog.pg_proc as proc
join pg_catalog.pg_namespace as namespace on namespace.oid = proc.pronamespace
where namespace.nspname = $1
  and proc.prosecdef
  and has_function_privilege(proc.oid, 'execute')
