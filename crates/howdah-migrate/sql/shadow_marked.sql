select d.datname::pg_catalog.text as name
from pg_catalog.pg_database as d
left join pg_catalog.pg_shdescription as m
  on m.objoid = d.oid
  and m.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
where m.description = {mark}
  -- Its maker was killed before it could mark it.
  or m.description is null
    and not d.datallowconn
    and pg_catalog.starts_with(
      d.datname::pg_catalog.text,
      pg_catalog."left"(pg_catalog.current_database()::pg_catalog.text, 30) || '_shadow_'
    )
order by d.datname
