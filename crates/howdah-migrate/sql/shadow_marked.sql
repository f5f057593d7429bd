select d.datname::pg_catalog.text as name
from pg_catalog.pg_database as d
join pg_catalog.pg_shdescription as m
  on m.objoid = d.oid
  and m.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
where m.description = {mark}
order by d.datname
