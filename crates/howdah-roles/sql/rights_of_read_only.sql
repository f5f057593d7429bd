-- As rights_of_both.sql, for the role that only reads. `case` keeps the planner from asking for sequence privileges of
-- what is no sequence, which is an error.
-- $1: the schema
with relation as (
  select class.oid, class.relkind, format('%I.%I', namespace.nspname, class.relname) as name
  from pg_catalog.pg_class as class
  join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
  where namespace.nspname = $1
    and class.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
)
select format('cannot select %s', relation.name)
from relation
where not (
  case
    when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'select')
    else has_table_privilege(relation.oid, 'select')
  end
)
union all
select format('may %s %s', privilege, relation.name)
from relation
cross join (values ('delete'), ('truncate')) as denied (privilege)
where relation.relkind <> 'S'
  and has_table_privilege(relation.oid, privilege)
union all
select format('may %s columns of %s', privilege, relation.name)
from relation
cross join (values ('insert'), ('update')) as denied (privilege)
where case when relation.relkind <> 'S' then has_any_column_privilege(relation.oid, privilege) end
union all
select format('may use sequence %s', relation.name)
from relation
where case when relation.relkind = 'S' then has_sequence_privilege(relation.oid, 'usage, update') end
union all
select format('may write through %s', proc.oid::regprocedure)
from pg_catalog.pg_proc as proc
join pg_catalog.pg_namespace as namespace on namespace.oid = proc.pronamespace
where namespace.nspname = $1
  and proc.prosecdef
  and has_function_privilege(proc.oid, 'execute')
