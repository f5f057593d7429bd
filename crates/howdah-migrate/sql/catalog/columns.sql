select
  'column' as kind,
  c.relname::pg_catalog.text as of,
  a.attname::pg_catalog.text as name,
  (pg_catalog.row_number() over (partition by c.oid order by a.attnum))::pg_catalog.int4 as position,
  (
    select min(parent.relname::pg_catalog.text)
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as parent
      on parent.oid = i.inhparent
      and parent.relnamespace = c.relnamespace
    join pg_catalog.pg_attribute as inherited
      on inherited.attrelid = parent.oid
      and inherited.attname = a.attname
    where i.inhrelid = c.oid
      and a.attinhcount > 0
  ) as copy_of_table,
  a.attname::pg_catalog.text as copy_of,
  pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
  case when a.attcollation <> t.typcollation then
    a.attcollation::pg_catalog.regcollation::pg_catalog.text
  end as collation,
  case
    when not a.attnotnull then 'no'
    else coalesce({not_null}, 'yes')
  end as not_null,
  case when a.attgenerated = '' then pg_catalog.pg_get_expr(v.adbin, v.adrelid) end as default,
  case when a.attgenerated <> '' then
    pg_catalog.pg_get_expr(v.adbin, v.adrelid)
    || case a.attgenerated when 's' then ' stored' else ' virtual' end
  end as generated,
  case a.attidentity when 'a' then 'always' when 'd' then 'by default' end
    || pg_catalog.format(
      ' as %s start %s increment %s minimum %s maximum %s cache %s%s',
      pg_catalog.format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
      s.seqcache, case when s.seqcycle then ' cycle' else '' end
    ) as identity,
  case when a.attstorage <> t.typstorage then
    case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end
  end as storage,
  {compression} as compression,
  nullif(a.attstattarget, -1)::pg_catalog.text as statistics,
  {options a.attoptions} as options,
  {options a.attfdwoptions} as foreign_options,
  d.description as comment
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c
  on c.oid = a.attrelid
join pg_catalog.pg_type as t
  on t.oid = a.atttypid
left join pg_catalog.pg_attrdef as v
  on v.adrelid = a.attrelid
  and v.adnum = a.attnum
left join pg_catalog.pg_depend as o
  on a.attidentity <> ''
  and o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and o.refobjid = a.attrelid
  and o.refobjsubid = a.attnum
  and o.deptype = 'i'
left join pg_catalog.pg_sequence as s
  on s.seqrelid = o.objid
left join pg_catalog.pg_description as d
  on d.objoid = a.attrelid
  and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
  and d.objsubid = a.attnum
where c.relnamespace = {namespace}
  and c.relkind in ('r', 'p', 'f', 'c')
  and a.attnum > 0
  and not a.attisdropped
