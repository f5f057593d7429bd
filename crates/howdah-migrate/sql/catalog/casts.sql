select
  'cast' as kind,
  pg_catalog.format_type(k.castsource, null) || ' as ' || pg_catalog.format_type(k.casttarget, null) as name,
  nullif(k.castfunc, 0)::pg_catalog.regprocedure::pg_catalog.text as function,
  case k.castcontext when 'i' then 'implicit' when 'a' then 'assignment' else 'explicit' end as context,
  case k.castmethod when 'f' then 'function' when 'i' then 'inout' else 'binary' end as method,
  d.description as comment
from pg_catalog.pg_cast as k
join pg_catalog.pg_type as source
  on source.oid = k.castsource
join pg_catalog.pg_type as target
  on target.oid = k.casttarget
left join pg_catalog.pg_description as d
  on d.objoid = k.oid
  and d.classoid = 'pg_catalog.pg_cast'::pg_catalog.regclass
where (source.typnamespace = {namespace} or target.typnamespace = {namespace})
  -- The server makes the casts of a range itself.
  and source.typtype not in ('r', 'm')
  and {own pg_cast k.oid}
