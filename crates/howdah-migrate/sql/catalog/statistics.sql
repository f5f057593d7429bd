select
  'statistics' as kind,
  s.stxname::pg_catalog.text as name,
  case when c.relnamespace = s.stxnamespace then c.relname::pg_catalog.text end as other_table,
  array(
    select a.attname::pg_catalog.text
    from pg_catalog.pg_attribute as a
    where a.attrelid = s.stxrelid
      and a.attnum = any (s.stxkeys)
  ) as other_columns,
  {role s.stxowner} as owner,
  pg_catalog.pg_get_statisticsobjdef(s.oid) as definition,
  nullif(s.stxstattarget, -1)::pg_catalog.text as target,
  d.description as comment
from pg_catalog.pg_statistic_ext as s
join pg_catalog.pg_class as c
  on c.oid = s.stxrelid
left join pg_catalog.pg_description as d
  on d.objoid = s.oid
  and d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
where s.stxnamespace = {namespace}
