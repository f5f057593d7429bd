select format('%s is %s', rolname, attribute.name)
from pg_catalog.pg_roles
cross join lateral (
  values
    ('superuser', rolsuper),
    ('createrole', rolcreaterole),
    ('createdb', rolcreatedb),
    ('replication', rolreplication),
    ('bypassrls', rolbypassrls)
) as attribute (name, given)
where rolname in (current_user, :owner)
  and attribute.given
