select
  l.pid,
  a.application_name,
  floor(extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.backend_start)))::pg_catalog.int8 as age,
  a.state,
  a.query,
  pg_catalog.string_agg(distinct l.mode || ' on ' || c.relname, ', ') as holds
from pg_catalog.pg_locks as l
join pg_catalog.pg_class as c
  on c.oid = l.relation
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
left join pg_catalog.pg_stat_activity as a
  on a.pid = l.pid
where l.locktype = 'relation'
  and l.granted
  and l.pid <> pg_catalog.pg_backend_pid()
  and n.nspname = {schema}
  and c.relname = any (array[{names}]::pg_catalog.text[])
group by
  l.pid,
  a.application_name,
  a.xact_start,
  a.backend_start,
  a.state,
  a.query
order by
  age desc nulls last,
  l.pid
limit 5
