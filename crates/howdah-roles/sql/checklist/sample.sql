-- A table to try things on, an ordinary one if there is one, and a sequence.
-- $1: the schema
select
  (
    select class.relname::text
    from pg_catalog.pg_class as class
    where class.relnamespace = namespace.oid
      and class.relkind in ('r', 'p')
    order by class.relkind desc, class.relname
    limit 1
  ) as "table",
  (
    select class.relname::text
    from pg_catalog.pg_class as class
    where class.relnamespace = namespace.oid
      and class.relkind = 'S'
    order by class.relname
    limit 1
  ) as sequence,
  -- Somebody, who must have been a superuser, has decided who may make large objects.
  exists (
    select 1
    from pg_catalog.pg_proc as proc
    where proc.pronamespace = 'pg_catalog'::regnamespace
      and proc.proname = 'lo_create'
      and proc.proacl is not null
  ) as large_objects
from pg_catalog.pg_namespace as namespace
where namespace.nspname = $1
