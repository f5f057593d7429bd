create unique index concurrently a_idx on a (b); -- finding
drop index concurrently if exists a_idx; -- finding
reindex (concurrently, verbose) table a; -- finding
reindex database concurrently app; -- finding
reindex database app; -- finding
alter table a detach partition b concurrently; -- finding
VACUUM (full) a; -- finding
create database b; -- finding
alter system set work_mem = '1MB'; -- finding
discard all; -- finding
cluster; -- finding
cluster (verbose); -- finding
alter database app set tablespace b; -- finding
create subscription s connection '' publication p; -- finding
