select
  'policy' as kind,
  c.relname::pg_catalog.text as of,
  p.polname::pg_catalog.text as name,
  {uses pg_policy p.oid} as uses,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end as command,
  {yes p.polpermissive} as permissive,
  (
    select pg_catalog.string_agg(r.name, ', ' order by r.name collate pg_catalog."C")
    from (
      select {role u.role} as name
      from pg_catalog.unnest(p.polroles) as u (role)
    ) as r
  ) as roles,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid) as using,
  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) as with_check,
  d.description as comment
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c
  on c.oid = p.polrelid
left join pg_catalog.pg_description as d
  on d.objoid = p.oid
  and d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass
where c.relnamespace = {namespace}
