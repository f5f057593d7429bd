select
  me.rolsuper or me.rolcreatedb as may_create,
  pg_catalog.pg_has_role(me.oid, owner.oid, 'usage') as inherits
from pg_catalog.pg_roles as me
join pg_catalog.pg_roles as owner
  on owner.rolname = {owner}
where me.rolname = current_user
