-- The login roles whose search path in this database is not just the schema.
select role.rolname::text
from pg_catalog.pg_roles as role
where role.rolname = any ($1)
  and not exists (
    select 1
    from pg_catalog.pg_db_role_setting as setting
    join pg_catalog.pg_database as database on database.oid = setting.setdatabase
    where setting.setrole = role.oid
      and database.datname = $2
      and 'search_path=' || quote_ident($3) = any (setting.setconfig)
  )
