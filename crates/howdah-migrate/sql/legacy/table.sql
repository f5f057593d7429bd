select
  n.nspname::pg_catalog.text as schema,
  array(
    select a.attname::pg_catalog.text
    from pg_catalog.pg_attribute as a
    where a.attrelid = c.oid
      and a.attnum > 0
      and not a.attisdropped
    order by a.attnum
  ) as columns,
  -- Who may read it: first whoever asks, then the login, then the owner of what migrations make.
  (
    select r.name
    from (
      values
        (1, current_user::pg_catalog.text),
        (2, session_user::pg_catalog.text),
        (3, {role}::pg_catalog.text)
    ) as r (position, name)
    join pg_catalog.pg_roles as known
      on known.rolname = r.name
    where pg_catalog.has_schema_privilege(known.oid, n.oid, 'usage')
      and pg_catalog.has_table_privilege(known.oid, c.oid, 'select')
    order by r.position
    limit 1
  ) as reader,
  current_user::pg_catalog.text as asks,
  pg_catalog.current_setting('role')::pg_catalog.text as role
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
where c.relname = {table}
  and c.relkind in ('r', 'p', 'v')
  and n.nspname in ({schemas})
order by n.nspname = {first} desc
