-- Of the test that failed again, only the last database is of interest; of others, those of this run come first.
with older as (
    update howdah_testkit.databases
    set kept = null, created = pg_catalog.now() - interval '1 day'
    where kept is not null
    and owner <> $2
    and test = (select test from howdah_testkit.databases where name = $1)
)
update howdah_testkit.databases
set kept = pg_catalog.now()
where name = $1
and (select pg_catalog.count(*) from howdah_testkit.databases where owner = $2 and kept is not null) < $3
