-- Templates, and what was made ready from them: too old, or too many.
with ranked as (
    select name, template, used, pg_catalog.row_number() over (order by used desc) as rank
    from howdah_testkit.databases
    where kind = 'template'
),
old as (
    select template
    from ranked
    where used < pg_catalog.now() - $2 * interval '1 second' or rank > $3
)
update howdah_testkit.databases
set kind = 'doomed', owner = $1
where name in (
    select found.name
    from howdah_testkit.databases as found
    join old on old.template = found.template
    where found.kind in ('template', 'shared', 'stock')
    -- Somebody may be about to copy it.
    and not exists (
        select
        from howdah_testkit.databases as live
        where live.template = found.template and live.kind in ('test', 'making', 'draft')
    )
    for update of found skip locked
)
returning name, template, own_roles
