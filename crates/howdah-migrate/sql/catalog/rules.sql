select
  'rule' as kind,
  c.relname::pg_catalog.text as of,
  r.rulename::pg_catalog.text as name,
  {uses pg_rewrite r.oid} as uses,
  pg_catalog.pg_get_ruledef(r.oid) as definition,
  case r.ev_enabled when 'D' then 'no' when 'R' then 'on a replica' when 'A' then 'always' else 'yes' end as enabled,
  d.description as comment
from pg_catalog.pg_rewrite as r
join pg_catalog.pg_class as c
  on c.oid = r.ev_class
left join pg_catalog.pg_description as d
  on d.objoid = r.oid
  and d.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
where c.relnamespace = {namespace}
  and r.rulename <> '_RETURN'
