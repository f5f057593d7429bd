-- What a role that works on rows should not hold, and does, or lacks, as the server itself computes it from grants,
-- memberships, ownership and PUBLIC. Nothing: all is well.
-- $1: the schema, $2: the owner, $3: the migrator
select 'may create schemas in the database'
where has_database_privilege(current_database(), 'create')
union all
select 'may create temporary tables'
where has_database_privilege(current_database(), 'temporary')
union all
select format('may create objects in schema %I', nspname)
from pg_catalog.pg_namespace
where nspname !~ '^pg_'
  and has_schema_privilege(oid, 'create')
union all
select format('cannot use schema %I', $1)
where not has_schema_privilege($1, 'usage')
union all
select format('is a member of %I', role.rolname)
from pg_catalog.pg_roles as role
where role.rolname in ($2, $3)
  and pg_has_role(role.oid, 'member')
