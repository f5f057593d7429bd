select
  database.datname::text as name,
  pg_catalog.pg_get_userbyid(database.datdba)::text as owner,
  acl.*
from pg_catalog.pg_database as database
cross join lateral (
  select
    array_agg(case when item.grantee = 0 then '' else pg_catalog.pg_get_userbyid(item.grantee)::text end) as grantees,
    array_agg(pg_catalog.pg_get_userbyid(item.grantor)::text) as grantors,
    array_agg(item.privilege_type) as privileges,
    array_agg(item.is_grantable) as grantable
  from aclexplode(coalesce(database.datacl, acldefault('d', database.datdba))) as item
) as acl
