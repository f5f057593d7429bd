select a.pid,
       coalesce(a.application_name, '') as application_name,
       coalesce(pg_catalog.host(a.client_addr), 'local') as client,
       a.datname::text as database
  from pg_catalog.pg_stat_activity as a
 where a.usename = $1
   and coalesce(a.backend_type, 'client backend') = 'client backend'
 order by a.pid
