-- The databases that every server has, and that PUBLIC may still use.
select database.datname::text
from pg_catalog.pg_database as database
where database.datname in ('postgres', 'template1')
  and exists (
    select 1
    from aclexplode(coalesce(database.datacl, acldefault('d', database.datdba))) as item
    where item.grantee = 0
  )
order by database.datname
