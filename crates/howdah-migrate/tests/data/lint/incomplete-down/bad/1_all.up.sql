create schema s; -- finding
create extension citext; -- finding
create type mood as enum ('a'); -- finding
create domain d as text; -- finding
create sequence q; -- finding
create table "A" (b int); -- finding
create table kept (a int);
create table a (b int);
create index a_idx on old_table (b); -- finding
create view v as select 1; -- finding
create materialized view m as select 1; -- finding
create function f() returns int language sql return 1; -- finding
create trigger t before update on old_table execute function f(); -- finding
create policy p on old_table; -- finding
alter table old_table
  add column c int, -- finding
  add column e int,
  add constraint k check (b > 0), -- finding
  add constraint l check (e > 0);
alter table old_table rename column x to y; -- finding
alter table x rename to z; -- finding
