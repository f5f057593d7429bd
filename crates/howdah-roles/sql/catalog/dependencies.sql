-- What hangs on roles that are to go, in every database. Only the connected database can say what its objects are called.
-- $1: the roles
select
  role.rolname::text as role,
  database.datname::text as database,
  depend.deptype = 'o' as owned,
  count(*) as count,
  (
    array_agg(pg_catalog.pg_describe_object(depend.classid, depend.objid, depend.objsubid))
    filter (where depend.dbid = 0 or database.datname = current_database())
  )[1:10] as objects
from pg_catalog.pg_shdepend as depend
join pg_catalog.pg_roles as role on role.oid = depend.refobjid
left join pg_catalog.pg_database as database on database.oid = depend.dbid
where depend.refclassid = 'pg_catalog.pg_authid'::regclass
  and depend.deptype in ('o', 'a', 'i', 'r')
  and role.rolname = any ($1)
  -- Memberships go with the role.
  and depend.classid <> 'pg_catalog.pg_auth_members'::regclass
group by role.rolname, database.datname, depend.deptype = 'o'
