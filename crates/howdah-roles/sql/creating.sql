-- Sessions that are making something in one of the schemas: `create table` holds a lock on its schema until its
-- transaction ends, and what it makes is not to be seen before.
-- $1: the schemas
select
  lock.pid,
  coalesce(activity.application_name, '') as application
from pg_catalog.pg_locks as lock
join pg_catalog.pg_namespace as namespace on namespace.oid = lock.objid
left join pg_catalog.pg_stat_activity as activity on activity.pid = lock.pid
where lock.locktype = 'object'
  and lock.database = (select oid from pg_catalog.pg_database where datname = current_database())
  and lock.classid = 'pg_catalog.pg_namespace'::regclass
  and lock.granted
  and lock.pid <> pg_backend_pid()
  and namespace.nspname = any ($1)
