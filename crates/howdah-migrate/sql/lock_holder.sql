select
  l.pid,
  a.application_name,
  floor(extract(epoch from pg_catalog.clock_timestamp() - a.backend_start))::pg_catalog.int8 as age,
  a.state,
  a.query,
  null::pg_catalog.text as holds
from pg_catalog.pg_locks as l
left join pg_catalog.pg_stat_activity as a
  on a.pid = l.pid
where l.locktype = 'advisory'
  and l.granted
  and l.database = (
    select d.oid
    from pg_catalog.pg_database as d
    where d.datname = pg_catalog.current_database()
  )
  and l.classid = {classid}
  and l.objid = {objid}
  and l.objsubid = 1
  and l.pid <> pg_catalog.pg_backend_pid()
limit 1
