select
  pg_catalog.pg_backend_pid() as pid,
  extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::pg_catalog.float8 as age
from pg_catalog.pg_stat_activity as a
where a.pid = pg_catalog.pg_backend_pid()
