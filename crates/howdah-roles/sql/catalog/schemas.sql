select
  namespace.nspname::text as name,
  pg_catalog.pg_get_userbyid(namespace.nspowner)::text as owner,
  acl.*
from pg_catalog.pg_namespace as namespace
cross join lateral (
  select
    array_agg(case when item.grantee = 0 then '' else pg_catalog.pg_get_userbyid(item.grantee)::text end) as grantees,
    array_agg(pg_catalog.pg_get_userbyid(item.grantor)::text) as grantors,
    array_agg(item.privilege_type) as privileges,
    array_agg(item.is_grantable) as grantable
  from aclexplode(coalesce(namespace.nspacl, acldefault('n', namespace.nspowner))) as item
) as acl
where namespace.nspname !~ '^pg_'
  and namespace.nspname <> 'information_schema'
