select exists (
  select
  from pg_catalog.pg_locks as l
  where l.locktype = 'advisory'
    and l.granted
    and l.pid = pg_catalog.pg_backend_pid()
    and l.classid = {classid}
    and l.objid = {objid}
    and l.objsubid = 1
)
