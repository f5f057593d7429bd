-- The databases that every server has, and that the connected role may use.
select format('may connect to the database %I', datname)
from pg_catalog.pg_database
where datname in ('postgres', 'template1')
  and has_database_privilege(oid, 'connect')
