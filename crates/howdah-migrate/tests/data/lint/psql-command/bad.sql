\set ON_ERROR_STOP on -- finding
create table a (id int);
select 1 \gexec -- finding
copy a from stdin; -- finding
1
\.
