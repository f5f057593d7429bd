select
  pg_catalog.pg_get_userbyid(defaults.defaclrole)::text as owner,
  namespace.nspname::text as schema,
  defaults.defaclobjtype::text as kind,
  acl.*
from pg_catalog.pg_default_acl as defaults
left join pg_catalog.pg_namespace as namespace on namespace.oid = defaults.defaclnamespace
cross join lateral (
  select
    array_agg(case when item.grantee = 0 then '' else pg_catalog.pg_get_userbyid(item.grantee)::text end) as grantees,
    array_agg(pg_catalog.pg_get_userbyid(item.grantor)::text) as grantors,
    array_agg(item.privilege_type) as privileges,
    array_agg(item.is_grantable) as grantable
  from aclexplode(defaults.defaclacl) as item
) as acl
