select format('may maintain %I.%I', namespace.nspname, class.relname)
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = :schema
  and class.relkind in ('r', 'p', 'm')
  and has_table_privilege(class.oid, 'maintain')
limit 20
