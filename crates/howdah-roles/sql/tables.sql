select format('%I.%I', namespace.nspname, class.relname), class.relkind in ('r', 'p', 'f')
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = $1
  and class.relkind in ('r', 'p', 'v', 'm', 'f')
order by class.relname
