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
  )[1:10] as objects,
  -- Whose objects the privileges are on, who alone takes them back.
  array_agg(distinct pg_catalog.pg_get_userbyid(object.owner)::text) filter (where object.owner is not null) as owners
from pg_catalog.pg_shdepend as depend
join pg_catalog.pg_roles as role on role.oid = depend.refobjid
left join pg_catalog.pg_database as database on database.oid = depend.dbid
left join lateral (
  select relowner from pg_catalog.pg_class where depend.classid = 'pg_catalog.pg_class'::regclass and oid = depend.objid
  union all
  select proowner from pg_catalog.pg_proc where depend.classid = 'pg_catalog.pg_proc'::regclass and oid = depend.objid
  union all
  select nspowner from pg_catalog.pg_namespace where depend.classid = 'pg_catalog.pg_namespace'::regclass and oid = depend.objid
  union all
  select typowner from pg_catalog.pg_type where depend.classid = 'pg_catalog.pg_type'::regclass and oid = depend.objid
  union all
  select datdba from pg_catalog.pg_database where depend.classid = 'pg_catalog.pg_database'::regclass and oid = depend.objid
  union all
  select defaclrole from pg_catalog.pg_default_acl where depend.classid = 'pg_catalog.pg_default_acl'::regclass and oid = depend.objid
) as object (owner) on depend.deptype = 'a' and (depend.dbid = 0 or database.datname = current_database())
where depend.refclassid = 'pg_catalog.pg_authid'::regclass
  and depend.deptype in ('o', 'a', 'i', 'r')
  and role.rolname = any ($1)
  -- Memberships go with the role.
  and depend.classid <> 'pg_catalog.pg_auth_members'::regclass
group by role.rolname, database.datname, depend.deptype = 'o'
