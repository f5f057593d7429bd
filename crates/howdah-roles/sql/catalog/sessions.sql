-- Who neither is a member of the role nor reads all statistics is not told what kind of process it is.
-- $1: the roles
select
  usename::text as role,
  pid,
  coalesce(datname, '')::text as database,
  coalesce(application_name, '') as application
from pg_catalog.pg_stat_activity
where usename = any ($1)
  and coalesce(backend_type, 'client backend') = 'client backend'
