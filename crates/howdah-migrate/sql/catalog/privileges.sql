with guarded as (
  select
    'schema' as kind,
    null as of,
    '' as name,
    n.nspowner as owner,
    coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) as acl
  from pg_catalog.pg_namespace as n
  where n.oid = {namespace}
  union all
  select
    {kind},
    null,
    c.relname::pg_catalog.text,
    c.relowner,
    coalesce(
      c.relacl,
      pg_catalog.acldefault(case c.relkind when 'S' then 's' else 'r' end::pg_catalog."char", c.relowner)
    )
  from pg_catalog.pg_class as c
  where c.relnamespace = {namespace}
    and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
  union all
  select
    'column',
    c.relname::pg_catalog.text,
    a.attname::pg_catalog.text,
    c.relowner,
    a.attacl
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a
    on a.attrelid = c.oid
  where c.relnamespace = {namespace}
    and a.attacl is not null
    and not a.attisdropped
  union all
  select
    case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
    null,
    {signature},
    p.proowner,
    coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))
  from pg_catalog.pg_proc as p
  where p.pronamespace = {namespace}
  union all
  select
    case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else 'composite type' end,
    null,
    t.typname::pg_catalog.text,
    t.typowner,
    coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))
  from pg_catalog.pg_type as t
  left join pg_catalog.pg_class as c
    on c.oid = t.typrelid
  where t.typnamespace = {namespace}
    and (t.typtype in ('e', 'd', 'r') or c.relkind = 'c')
)
select
  g.kind,
  g.of,
  g.name,
  case when e.grantee = g.owner then '<owner>' else {role e.grantee} end as grantee,
  {privileges e} as granted
from guarded as g
cross join lateral pg_catalog.aclexplode(g.acl) as e
group by 1, 2, 3, 4
