select format('pid %s, %s, for %s', activity.pid, activity.application_name, now() - activity.backend_start)
from pg_catalog.pg_locks as lock
join pg_catalog.pg_stat_activity as activity using (pid)
where lock.locktype = 'advisory'
  and lock.granted
  and (lock.classid::bigint << 32) | lock.objid::bigint = $1
limit 1
