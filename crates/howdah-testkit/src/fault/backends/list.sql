select pid,
       usename::text,
       application_name,
       state,
       coalesce(wait_event_type = 'Lock', false) as waits_for_lock,
       case when wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(pid) else '{}' end as blocked_by
from pg_catalog.pg_stat_activity
where datname = current_database()
  and backend_type = 'client backend'
  and pid <> pg_catalog.pg_backend_pid()
  and usename is not null
  and ($1::text is null or usename = $1)
  and ($2::text is null or application_name = $2)
  and ($3::int is null or pid = $3)
order by backend_start, pid
