-- The databases in which these roles own or hold something, but for the connected one.
-- $1: the roles
select distinct database.datname::text
from pg_catalog.pg_shdepend as depend
join pg_catalog.pg_roles as role on role.oid = depend.refobjid
join pg_catalog.pg_database as database on database.oid = depend.dbid
where depend.refclassid = 'pg_catalog.pg_authid'::regclass
  and role.rolname = any ($1)
  and database.datallowconn
  and database.datname <> current_database()
