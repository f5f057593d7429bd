select format('cannot call %s', proc.oid::regprocedure)
from pg_catalog.pg_proc as proc
join pg_catalog.pg_namespace as namespace on namespace.oid = proc.pronamespace
where namespace.nspname = :schema
  and not has_function_privilege(proc.oid, 'execute')
limit 20
