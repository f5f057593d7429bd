select format('may read %I.%I', namespace.nspname, class.relname)
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname not in (:schema, 'information_schema')
  and namespace.nspname !~ '^pg_'
  and class.relkind in ('r', 'p', 'v', 'm', 'f')
  and has_schema_privilege(namespace.oid, 'usage')
  and has_table_privilege(class.oid, 'select')
limit 20
