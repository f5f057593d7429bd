select
  'constraint' as kind,
  coalesce(c.relname, t.typname)::pg_catalog.text as of,
  k.conname::pg_catalog.text as name,
  array(
    select a.attname::pg_catalog.text
    from pg_catalog.pg_attribute as a
    where a.attrelid = k.conrelid
      and a.attnum = any (k.conkey)
  ) as columns,
  case when k.confrelid <> 0 and r.relnamespace = k.connamespace then
    r.relname::pg_catalog.text
  end as other_table,
  array(
    select a.attname::pg_catalog.text
    from pg_catalog.pg_attribute as a
    where a.attrelid = k.confrelid
      and a.attnum = any (k.confkey)
  ) as other_columns,
  case when k.contype = 'f' then x.relname::pg_catalog.text end as other_key,
  case
    when k.conparentid <> 0 then pc.relname::pg_catalog.text
    -- A check that a child has of its parent has no other trace than its name.
    when k.contype = 'c' and k.coninhcount > 0 then (
      select min(parent.relname::pg_catalog.text)
      from pg_catalog.pg_inherits as h
      join pg_catalog.pg_class as parent
        on parent.oid = h.inhparent
      where h.inhrelid = k.conrelid
    )
  end as copy_of_table,
  coalesce(pk.conname, k.conname)::pg_catalog.text as copy_of,
  pg_catalog.pg_get_constraintdef(k.oid) as definition,
  case when k.contype <> 'f' then {options x.reloptions} end as index_options,
  case when k.contype in ('p', 'u', 'x') then {yes i.indisclustered} end as clustered,
  case when k.contype = 'f' then
    case when exists (
      select
      from pg_catalog.pg_trigger as g
      where g.tgconstraint = k.oid
        and g.tgrelid = k.conrelid
        and g.tgenabled = 'D'
    ) then 'no' else 'yes' end
  end as enabled,
  d.description as comment
from pg_catalog.pg_constraint as k
left join pg_catalog.pg_class as c
  on c.oid = k.conrelid
left join pg_catalog.pg_type as t
  on t.oid = k.contypid
left join pg_catalog.pg_class as r
  on r.oid = k.confrelid
left join pg_catalog.pg_index as i
  on i.indexrelid = k.conindid
left join pg_catalog.pg_class as x
  on x.oid = i.indexrelid
left join pg_catalog.pg_constraint as pk
  on pk.oid = k.conparentid
left join pg_catalog.pg_class as pc
  on pc.oid = pk.conrelid
left join pg_catalog.pg_description as d
  on d.objoid = k.oid
  and d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
where k.connamespace = {namespace}
  and k.contype in ('p', 'u', 'x', 'f', 'c')
  and not (k.contype = 'f' and k.conparentid <> 0)
