-- What is set for roles, and for roles in databases.
select
  role.rolname::text as role,
  database.datname::text as database,
  lower(split_part(item.setting, '=', 1)) as name,
  substr(item.setting, strpos(item.setting, '=') + 1) as value
from pg_catalog.pg_db_role_setting as setting
join pg_catalog.pg_roles as role on role.oid = setting.setrole
left join pg_catalog.pg_database as database on database.oid = setting.setdatabase
cross join lateral unnest(setting.setconfig) as item (setting)
where setting.setdatabase = 0
  or database.oid is not null
