with guard as (insert into howdah_testkit.rollback_only default values)
select pg_catalog.pg_current_xact_id()::text
