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
  ) as sequence
from pg_catalog.pg_namespace as namespace
where namespace.nspname = $1
