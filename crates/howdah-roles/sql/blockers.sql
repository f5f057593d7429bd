-- Who keeps a change of roles or privileges waiting: sessions whose open transaction has changed a row of the catalog that
-- holds them, and, where an owner changes, sessions that use a table at all.
-- $1: whether an owner changes
with holder as (
  select held.pid
  from pg_catalog.pg_locks as held
  where held.locktype = 'transactionid'
    and held.granted
    and held.transactionid in (
      select xmax from pg_catalog.pg_class where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_proc where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_namespace where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_default_acl where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_database where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_auth_members where xmax <> '0'
      union all
      select xmax from pg_catalog.pg_db_role_setting where xmax <> '0'
    )
  union
  select held.pid
  from pg_catalog.pg_locks as held
  join pg_catalog.pg_class as class on class.oid = held.relation
  where $1
    and held.locktype = 'relation'
    and held.granted
    and held.database = (select oid from pg_catalog.pg_database where datname = current_database())
    and class.oid >= 16384
)
select
  concat(
    'pid ', activity.pid,
    ' (' || nullif(activity.application_name, '') || ')',
    ', role ' || activity.usename,
    ', ' || activity.state,
    ', open for ' || floor(extract(epoch from clock_timestamp() - activity.xact_start))::text || ' s'
  )
from holder
join pg_catalog.pg_stat_activity as activity using (pid)
where holder.pid <> pg_backend_pid()
order by activity.xact_start nulls last, activity.pid
limit 5
