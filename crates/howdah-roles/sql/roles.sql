select
  role.rolname::text as name,
  role.rolsuper as superuser,
  role.rolcreaterole as create_role,
  role.rolcreatedb as create_database,
  role.rolreplication as replication,
  role.rolbypassrls as bypass_rls,
  role.rolcanlogin as login,
  role.rolinherit as inherit,
  auth.rolpassword as verifier
from pg_catalog.pg_roles as role
join pg_catalog.pg_authid as auth on auth.oid = role.oid
where role.rolname = any ($1)
