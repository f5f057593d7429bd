set statement_timeout = 0; -- finding
SET SESSION lock_timeout TO '1s'; -- finding
set role app_owner; -- finding
set session authorization app; -- finding
set session characteristics as transaction read only; -- finding
set time zone 'UTC'; -- finding
set my.setting = 'x'; -- finding
select set_config('app.tenant', '1', false); -- finding
with a as (select set_config('work_mem', lower('1MB'), 'f')) select * from a; -- finding
set search_path to app; -- finding
