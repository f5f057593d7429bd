select c.relname::pg_catalog.text as name
from pg_catalog.pg_class as c
where c.relnamespace = {namespace}
union
select t.typname::pg_catalog.text
from pg_catalog.pg_type as t
where t.typnamespace = {namespace}
union
select p.proname::pg_catalog.text
from pg_catalog.pg_proc as p
where p.pronamespace = {namespace}
union
select c.collname::pg_catalog.text
from pg_catalog.pg_collation as c
where c.collnamespace = {namespace}
union
select o.opcname::pg_catalog.text
from pg_catalog.pg_opclass as o
where o.opcnamespace = {namespace}
union
select s.stxname::pg_catalog.text
from pg_catalog.pg_statistic_ext as s
where s.stxnamespace = {namespace}
union
select c.cfgname::pg_catalog.text
from pg_catalog.pg_ts_config as c
where c.cfgnamespace = {namespace}
union
select d.dictname::pg_catalog.text
from pg_catalog.pg_ts_dict as d
where d.dictnamespace = {namespace}
