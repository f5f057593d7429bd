select
  case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'range' end as kind,
  t.typname::pg_catalog.text as name,
  {role t.typowner} as owner,
  (
    select pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
    from pg_catalog.pg_enum as e
    where e.enumtypid = t.oid
  ) as labels,
  case when t.typtype = 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod) end as type,
  case when t.typtype = 'd' then {yes t.typnotnull} end as not_null,
  case when t.typtype = 'd' then pg_catalog.pg_get_expr(t.typdefaultbin, 0) end as default,
  case when t.typtype = 'd' and t.typcollation <> b.typcollation then
    t.typcollation::pg_catalog.regcollation::pg_catalog.text
  end as collation,
  pg_catalog.format_type(r.rngsubtype, null) as subtype,
  case when r.rngsubtype is not null then o.opcname::pg_catalog.text end as operator_class,
  nullif(r.rngcollation, 0)::pg_catalog.regcollation::pg_catalog.text as range_collation,
  nullif(r.rngcanonical, 0)::pg_catalog.regproc::pg_catalog.text as canonical,
  nullif(r.rngsubdiff, 0)::pg_catalog.regproc::pg_catalog.text as difference,
  d.description as comment
from pg_catalog.pg_type as t
left join pg_catalog.pg_type as b
  on b.oid = t.typbasetype
left join pg_catalog.pg_range as r
  on r.rngtypid = t.oid
left join pg_catalog.pg_opclass as o
  on o.oid = r.rngsubopc
left join pg_catalog.pg_description as d
  on d.objoid = t.oid
  and d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass
where t.typnamespace = {namespace}
  and t.typtype in ('e', 'd', 'r')
  and {own pg_type t.oid}
