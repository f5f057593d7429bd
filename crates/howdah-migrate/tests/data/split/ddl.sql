create table a (
  id bigint generated always as identity (start with 1),
  b text check (b <> ';') default ';',
  c numeric(10, 2)[] not null,
  exclude using gist (d with =)
) partition by range (id);
create table a_1 partition of a for values from (1) to (10);
create trigger t before insert or update of b on a for each row when (new.b is distinct from ';') execute function f();
create event trigger e on ddl_command_start execute function f();
alter table a add column d int, drop column c cascade, alter column b type varchar(10) using (b::varchar(10));
alter table a add constraint f foreign key (b) references c (d) on delete set null not valid;
create index concurrently i on only a using btree (lower(b) desc nulls last) include (c) where (d > 0);
create type e as enum ('a;', 'b)', '(c');
create type r as range (subtype = float8);
create domain d as text check (value ~ '^;$');
create policy p on a for select to public using (b = ';') with check (true);
grant select (a, b), update on t to x with grant option;
alter default privileges in schema s grant select on tables to x;
create aggregate g (int) (sfunc = f, stype = int, initcond = '0;');
create cast (a as b) with function f(a) as assignment;
create publication p for table a where (b > 1), b;
create statistics s (dependencies) on a, b from t;
create view v with (security_barrier) as with x as (select 1), y as (select 2) select * from x, y;
create materialized view m as values (1, ';'), (2, '''');
security label on table a is 'x;';
create extension if not exists "uuid-ossp" with schema public;
merge into a using b on a.c = b.c when matched then update set d = b.d when not matched then insert values (1, 2);
with moved as (delete from a where b = ';' returning *) insert into c select * from moved;
insert into a (b) values (';'), ('--') on conflict (b) do update set c = excluded.c;
copy a (b) from '/tmp/x' with (format csv, delimiter ';');
explain (analyze, costs off) select 1;
declare c cursor for select ';';
lock table a in share mode; savepoint x; rollback to savepoint x; release x;
set search_path to a, "b;"; reset all; listen l; notify l, 'x;'; vacuum (full) a;
select case when a then case when b then 1 else 2 end end as "end", end_at from t;
select begin_at, "begin" from t;
