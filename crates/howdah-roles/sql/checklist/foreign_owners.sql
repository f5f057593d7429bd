select format('%I.%I belongs to %s', namespace.nspname, class.relname, pg_get_userbyid(class.relowner))
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
where namespace.nspname = :schema
  and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and pg_get_userbyid(class.relowner)::text <> :owner
  and not exists (
    select 1
    from pg_catalog.pg_depend as depend
    where depend.classid = 'pg_catalog.pg_class'::regclass
      and depend.objid = class.oid
      and depend.deptype = 'e'
  )
limit 20
