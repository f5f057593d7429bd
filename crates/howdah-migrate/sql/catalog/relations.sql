select
  {kind} as kind,
  c.relname::pg_catalog.text as name,
  case when c.relkind in ('v', 'm') then
    {uses pg_rewrite (select r.oid from pg_catalog.pg_rewrite as r where r.ev_class = c.oid and r.rulename = '_RETURN')}
  end as uses,
  -- A partition goes with its parent.
  case when c.relispartition then (
    select parent.relname::pg_catalog.text
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as parent
      on parent.oid = i.inhparent
      and parent.relnamespace = c.relnamespace
    where i.inhrelid = c.oid
  ) end as other_table,
  {role c.relowner} as owner,
  case c.relpersistence when 'u' then 'unlogged' else 'permanent' end as persistence,
  case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end as partition_key,
  case when c.relispartition then
    'of ' || p.parents || ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)
  end as partition,
  case when not c.relispartition then p.parents end as inherits,
  nullif(c.reloftype, 0)::pg_catalog.regtype::pg_catalog.text as of_type,
  case when c.relkind in ('r', 'p') then {yes c.relrowsecurity} end as row_level_security,
  case when c.relkind in ('r', 'p') then {yes c.relforcerowsecurity} end as forced_row_level_security,
  case c.relreplident
    when 'n' then 'nothing'
    when 'f' then 'full'
    when 'i' then 'index ' || (
      select x.indexrelid::pg_catalog.regclass::pg_catalog.text
      from pg_catalog.pg_index as x
      where x.indrelid = c.oid
        and x.indisreplident
    )
    when 'd' then case when c.relkind in ('r', 'p') then 'default' end
  end as replica_identity,
  am.amname::pg_catalog.text as access_method,
  {options c.reloptions} as options,
  {options toast.reloptions} as toast_options,
  s.srvname::pg_catalog.text as server,
  {options f.ftoptions} as foreign_options,
  case when c.relkind in ('v', 'm') then pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';') end as definition,
  case when c.relkind = 'v' then (
    select pg_catalog.string_agg(
      pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.pg_get_expr(v.adbin, v.adrelid),
      ', ' order by a.attnum
    )
    from pg_catalog.pg_attrdef as v
    join pg_catalog.pg_attribute as a
      on a.attrelid = v.adrelid
      and a.attnum = v.adnum
    where v.adrelid = c.oid
  ) end as column_defaults,
  d.description as comment
from pg_catalog.pg_class as c
left join pg_catalog.pg_am as am
  on am.oid = c.relam
left join pg_catalog.pg_class as toast
  on toast.oid = c.reltoastrelid
left join pg_catalog.pg_foreign_table as f
  on f.ftrelid = c.oid
left join pg_catalog.pg_foreign_server as s
  on s.oid = f.ftserver
left join pg_catalog.pg_description as d
  on d.objoid = case c.relkind when 'c' then c.reltype else c.oid end
  and d.classoid = case c.relkind
    when 'c' then 'pg_catalog.pg_type'::pg_catalog.regclass
    else 'pg_catalog.pg_class'::pg_catalog.regclass
  end
  and d.objsubid = 0
left join lateral (
  select pg_catalog.string_agg(
    i.inhparent::pg_catalog.regclass::pg_catalog.text, ', ' order by i.inhseqno
  ) as parents
  from pg_catalog.pg_inherits as i
  where i.inhrelid = c.oid
) as p
  on true
where c.relnamespace = {namespace}
  and c.relkind in ('r', 'p', 'f', 'v', 'm', 'c')
  and {own pg_class c.oid}
