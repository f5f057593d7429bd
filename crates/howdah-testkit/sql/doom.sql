update howdah_testkit.databases
set kind = 'doomed', owner = $1
where name in (
    select name
    from howdah_testkit.databases as found
    where owner is not null
    and owner <> $1
    and (kept is null or kept < pg_catalog.now() - $2 * interval '1 second')
    -- The owner holds an advisory lock as long as it lives.
    and not exists (
        select
        from pg_catalog.pg_locks as held
        where held.locktype = 'advisory'
        and held.granted
        and held.objsubid = 1
        and (held.classid::bigint << 32) | held.objid::bigint = found.owner
    )
    -- Its connection may have been cut by what is tested; who is in the database is alive all the same.
    and (
        found.created < pg_catalog.now() - interval '10 minutes'
        or not exists (select from pg_catalog.pg_stat_activity as session where session.datname = found.name)
    )
    limit 200
    for update skip locked
)
returning name, template, own_roles
