-- What `create database ... template` leaves behind: privileges on the database, and settings in it
-- (https://www.postgresql.org/docs/current/manage-ag-templatedbs.html). %1$I is the new database.
select 'revoke all on database %1$I from public'
union all
select pg_catalog.format(
    'grant %s on database %%1$I to %s',
    right_.privilege_type,
    case when right_.grantee = 0 then 'public' else pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(right_.grantee)) end
)
from pg_catalog.pg_database as database
cross join lateral pg_catalog.aclexplode(
    coalesce(database.datacl, pg_catalog.acldefault('d', database.datdba))
) as right_
where database.datname = $1 and right_.grantee <> database.datdba
union all
select pg_catalog.format(
    'alter %s %%1$I set %s = %s',
    case when setting.setrole = 0
        then 'database'
        else 'role ' || pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(setting.setrole)) || ' in database'
    end,
    pg_catalog.quote_ident(pg_catalog.split_part(item.text, '=', 1)),
    case when pg_catalog.split_part(item.text, '=', 1) = 'search_path'
        -- A list: its names are quoted already.
        then pg_catalog.substr(item.text, pg_catalog.strpos(item.text, '=') + 1)
        else pg_catalog.quote_literal(pg_catalog.substr(item.text, pg_catalog.strpos(item.text, '=') + 1))
    end
)
from pg_catalog.pg_db_role_setting as setting
join pg_catalog.pg_database as database on database.oid = setting.setdatabase
cross join lateral pg_catalog.unnest(setting.setconfig) as item(text)
where database.datname = $1
