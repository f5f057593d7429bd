update howdah_testkit.databases
set kind = 'dropping', owner = $1
where name = (
    select name
    from howdah_testkit.databases
    where kind = 'doomed'
    order by created
    limit 1
    for update skip locked
)
and (
    select pg_catalog.count(*)
    from howdah_testkit.databases
    where kind in ('doomed', 'dropping')
) > $2
returning name, template, own_roles
