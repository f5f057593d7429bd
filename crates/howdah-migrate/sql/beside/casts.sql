-- A cast belongs to no schema, and so to no dump of one.
select
  pg_catalog.format(
    'create cast (%s as %s) %s%s',
    pg_catalog.format_type(c.castsource, null),
    pg_catalog.format_type(c.casttarget, null),
    case c.castmethod
      when 'f' then 'with function ' || c.castfunc::pg_catalog.regprocedure::pg_catalog.text
      when 'i' then 'with inout'
      else 'without function'
    end,
    case c.castcontext when 'a' then ' as assignment' when 'i' then ' as implicit' else '' end
  ) as what
from pg_catalog.pg_cast as c
join pg_catalog.pg_type as source
  on source.oid = c.castsource
join pg_catalog.pg_type as target
  on target.oid = c.casttarget
join pg_catalog.pg_namespace as n
  on n.oid in (source.typnamespace, target.typnamespace)
where n.nspname = {schema}
  and not exists (
    select
    from pg_catalog.pg_depend as d
    where d.classid = c.tableoid
      and d.objid = c.oid
      and d.deptype in ('e', 'i')
  )
group by c.castsource, c.casttarget, c.castmethod, c.castfunc, c.castcontext
order by what
