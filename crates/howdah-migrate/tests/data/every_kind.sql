-- One of every kind of object that a catalog holds.
create collation plain (locale = 'C');
create type mood as enum ('sad', 'happy');
create domain email as text collate "C" default 'a@b' constraint email_form check (value like '%@%');
create type span as range (subtype = float8);
create type address as (street text, city text);
create sequence tickets increment 5 cache 10;
create function touch() returns trigger language plpgsql as $$ begin new.name := old.name; return new; end $$;
create function twice(n integer) returns integer language sql immutable strict parallel safe as 'select n * 2';
create procedure nothing() language sql as 'select 1';
create function mood_add(state integer, value mood) returns integer language sql as 'select state + 1';
create aggregate mood_count(mood) (sfunc = mood_add, stype = integer, initcond = '0');
create operator ## (function = int4pl, leftarg = integer, rightarg = integer);
create cast (address as mood) with inout;
create table users (
  id bigint generated always as identity primary key,
  name varchar(40) not null default 'x' constraint named check (name <> ''),
  mail email,
  feeling mood default 'happy'::mood,
  code serial,
  length integer generated always as (1 + 2) stored,
  unique (mail)
);
create index users_name on users (name) where feeling = 'sad';
create unique index users_lower on users (lower(name));
create statistics users_stats on name, feeling from users;
create trigger touched before update on users for each row when (new.name <> old.name) execute function touch();
create rule quiet as on delete to users where old.id = 0 do instead nothing;
create policy own_rows on users for select using (name = current_user);
create table pets (
  owner_id bigint constraint pets_owner references users (id) deferrable,
  kind text,
  seen timestamptz default '2026-01-01 00:00:00+00'
);
create view happy_users as select id, name, mail from users where feeling = 'happy';
create view answer as select 42 as n;
create materialized view user_count as select count(*) as n from users;
create table events (
  at date not null,
  what text,
  user_id bigint references users (id),
  constraint told check (what <> ''),
  unique (at, what)
) partition by range (at);
create trigger heard before insert on events for each row execute function touch();
create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
create index events_what on events (what);
-- These belong to the database, which may hold another schema of these objects.
do $$ begin
  create foreign data wrapper nowhere;
  create server far foreign data wrapper nowhere;
exception when duplicate_object then null;
end $$;
create foreign table distant (id integer, name text) server far options (host 'x');
create table parent (a integer, constraint positive check (a > 0));
create table child () inherits (parent);
alter default privileges in schema app grant select on tables to pg_monitor;
comment on table users is 'who we know';
comment on column users.name is 'as they write it';
grant select, insert on pets to pg_monitor;
grant select (name) on users to pg_monitor;
