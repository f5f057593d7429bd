-- As rights_of_both.sql, for the service's role. `case` keeps the planner from asking for sequence privileges of what
-- is no sequence, which is an error.
-- $1: the schema
with relation as (
  select class.oid, class.relkind, format('%I.%I', namespace.nspname, class.relname) as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = $1
    and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
)
select format('cannot %s %s', privilege, relation.name)
from relation
cross join (values ('select'), ('insert'), ('update'), ('delete')) as needed (privilege)
where relation.relkind in ('r', 'p', 'v', 'f')
  and not has_table_privilege(relation.oid, privilege)
union all
select format('may truncate %s', relation.name)
from relation
where relation.relkind <> 'S'
  and has_table_privilege(relation.oid, 'truncate')
union all
select format('cannot use sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then not has_sequence_privilege(relation.oid, 'usage') end
union all
select format('may reset sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'update') end
