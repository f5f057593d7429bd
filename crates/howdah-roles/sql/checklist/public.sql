select format('PUBLIC may %s on database %I', item.privilege_type, database.datname)
from pg_catalog.pg_database as database
cross join lateral aclexplode(coalesce(database.datacl, acldefault('d', database.datdba))) as item
where database.datname = current_database()
  and item.grantee = 0
union all
select format('PUBLIC may %s on schema %I', item.privilege_type, namespace.nspname)
from pg_catalog.pg_namespace as namespace
cross join lateral aclexplode(coalesce(namespace.nspacl, acldefault('n', namespace.nspowner))) as item
where namespace.nspname in ('public', :schema)
  and item.grantee = 0
