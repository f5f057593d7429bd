-- Every role, and what the connected one can do about it. Until PostgreSQL 15, CREATEROLE administers every role but a
-- superuser; since 16 only those that it holds the ADMIN option on, which it gets for the roles that it creates.
select
  role.rolname::text as name,
  role.rolsuper as superuser,
  role.rolcreaterole as creates_roles,
  role.rolcreatedb as creates_databases,
  role.rolreplication as replication,
  role.rolbypassrls as bypass_rls,
  role.rolcanlogin as login,
  role.rolinherit as inherit,
  role.rolconnlimit as connection_limit,
  case when isfinite(role.rolvaliduntil) then extract(epoch from role.rolvaliduntil)::bigint end as valid_until,
  pg_has_role(role.oid, 'usage') as usable,
  executor.rolsuper
    or pg_has_role(role.oid, 'usage with admin option')
    or (
      executor.rolcreaterole
      and not role.rolsuper
      and current_setting('server_version_num')::int < 160000
    ) as administered
from pg_catalog.pg_roles as role
cross join pg_catalog.pg_roles as executor
where executor.rolname = current_user
