-- $1: the roles
select
  usename::text as role,
  pid,
  coalesce(datname, '')::text as database,
  coalesce(application_name, '') as application
from pg_catalog.pg_stat_activity
where usename = any ($1)
  and backend_type = 'client backend'
