-- What a plan does not manage, but whoever reads it should know. `kind` says which sentence it becomes.
select
  'column' as kind,
  format('%I.%I', namespace.nspname, class.relname) as object,
  attribute.attname::text as detail,
  case when item.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(item.grantee)::text end as grantee,
  item.privilege_type as privilege,
  namespace.nspname::text as schema
from pg_catalog.pg_attribute as attribute
join pg_catalog.pg_class as class on class.oid = attribute.attrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
cross join lateral aclexplode(attribute.attacl) as item
where attribute.attacl is not null
  and namespace.nspname !~ '^pg_'
  and namespace.nspname <> 'information_schema'
union all
select
  'policy',
  format('%I.%I', namespace.nspname, class.relname),
  policy.polname::text,
  null,
  null,
  namespace.nspname::text
from pg_catalog.pg_policy as policy
join pg_catalog.pg_class as class on class.oid = policy.polrelid
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
union all
-- A view reads as its owner, whom no policy binds, unless it is `security_invoker` (15 and later).
select distinct
  'view',
  format('%I.%I', namespace.nspname, view.relname),
  format('%I.%I', underlying_schema.nspname, underlying.relname),
  null,
  null,
  namespace.nspname::text
from pg_catalog.pg_class as view
join pg_catalog.pg_namespace as namespace on namespace.oid = view.relnamespace
join pg_catalog.pg_rewrite as rule on rule.ev_class = view.oid
join pg_catalog.pg_depend as depend
  on depend.classid = 'pg_catalog.pg_rewrite'::regclass
  and depend.objid = rule.oid
  and depend.refclassid = 'pg_catalog.pg_class'::regclass
join pg_catalog.pg_class as underlying on underlying.oid = depend.refobjid
join pg_catalog.pg_namespace as underlying_schema on underlying_schema.oid = underlying.relnamespace
where view.relkind in ('v', 'm')
  and underlying.relrowsecurity
  and not exists (
    select 1
    from pg_catalog.pg_options_to_table(view.reloptions) as option
    where option.option_name = 'security_invoker'
      and option.option_value in ('true', 'on', '1', 'yes')
  )
union all
select
  'large object',
  large.oid::text,
  null,
  case when item.grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(item.grantee)::text end,
  item.privilege_type,
  null
from pg_catalog.pg_largeobject_metadata as large
cross join lateral aclexplode(large.lomacl) as item
where item.grantee <> large.lomowner
