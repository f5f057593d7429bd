with uncopied as (
    update howdah_testkit.databases
    -- Of an owner that never was.
    set kind = 'doomed', owner = 0, kept = null
    where kind not in ('template', 'shared')
),
-- The only ones whose names come again: no row may stand in the next one's way.
shared as (
    delete from howdah_testkit.databases
    where kind = 'shared'
    returning name
)
select name from shared
