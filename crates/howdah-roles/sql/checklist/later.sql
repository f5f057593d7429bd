-- What the connected role lacks on what the owner makes from now on, by the default privileges of the owner. A grant to
-- a role that it has the privileges of counts.
select format('cannot %s later %s of the owner', needed.privilege, needed.what)
from (
  values
    :needed
) as needed (kind, what, privilege)
where not exists (
  select 1
  from pg_catalog.pg_default_acl as defaults
  left join pg_catalog.pg_namespace as namespace on namespace.oid = defaults.defaclnamespace
  cross join lateral aclexplode(defaults.defaclacl) as item
  where defaults.defaclrole = (select oid from pg_catalog.pg_roles where rolname = :owner)
    and defaults.defaclobjtype = needed.kind::"char"
    and (namespace.nspname = :schema or defaults.defaclnamespace = 0)
    and lower(item.privilege_type) = needed.privilege
    and (item.grantee = 0 or pg_has_role(item.grantee, 'usage'))
)
