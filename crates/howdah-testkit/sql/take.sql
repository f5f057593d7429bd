update howdah_testkit.databases
set kind = 'test', owner = $2, test = $3, created = pg_catalog.now(), used = pg_catalog.now()
where name = (
    select name
    from howdah_testkit.databases
    where kind = 'stock' and template = $1
    order by created
    limit 1
    for update skip locked
)
returning name
