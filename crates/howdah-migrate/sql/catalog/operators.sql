select
  'operator' as kind,
  pg_catalog.format(
    '%s(%s)', o.oprname, pg_catalog.concat_ws(
      ', ',
      coalesce(pg_catalog.format_type(nullif(o.oprleft, 0), null), 'none'),
      coalesce(pg_catalog.format_type(nullif(o.oprright, 0), null), 'none')
    )
  ) as name,
  {role o.oprowner} as owner,
  o.oprcode::pg_catalog.regprocedure::pg_catalog.text as function,
  nullif(o.oprcom, 0)::pg_catalog.regoperator::pg_catalog.text as commutator,
  nullif(o.oprnegate, 0)::pg_catalog.regoperator::pg_catalog.text as negator,
  nullif(o.oprrest, 0)::pg_catalog.regproc::pg_catalog.text as restriction,
  nullif(o.oprjoin, 0)::pg_catalog.regproc::pg_catalog.text as join,
  {yes o.oprcanhash} as hashes,
  {yes o.oprcanmerge} as merges,
  d.description as comment
from pg_catalog.pg_operator as o
left join pg_catalog.pg_description as d
  on d.objoid = o.oid
  and d.classoid = 'pg_catalog.pg_operator'::pg_catalog.regclass
where o.oprnamespace = {namespace}
  and {own pg_operator o.oid}
