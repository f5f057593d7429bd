-- What the connected role should hold and does not, or holds and should not, as the server itself computes it from
-- grants, memberships, ownership and PUBLIC. Nothing: all is well.
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
select format('cannot %s %s', privilege, relation.name)
from relation
cross join (values ('select'), ('insert'), ('update'), ('delete')) as needed (privilege)
where relation.relkind in ('r', 'p', 'v', 'f')
  and not has_table_privilege(relation.oid, privilege)
union all
select format('may truncate %s', relation.name)
from relation
where relation.relkind <> 'S'
  and has_table_privilege(relation.oid, 'truncate')
union all
select format('cannot use sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then not has_sequence_privilege(relation.oid, 'usage') end
union all
select format('may reset sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'update') end
