select
    pg_catalog.count(pg_catalog.pg_terminate_backend(pid)),
    exists (select from pg_catalog.pg_database where datname = $1 and datistemplate)
from pg_catalog.pg_stat_activity
where datname = $1
