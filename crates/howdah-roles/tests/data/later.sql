create function next_code() returns text language sql volatile as $$ select 'code-' || md5(random()::text) $$;
create function stamp() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$;
create table with_serial (
  id serial primary key,
  name text not null,
  code text not null default next_code()
);
create trigger stamp before insert on with_serial for each row execute function stamp();
create table with_identity (
  id bigint generated always as identity primary key,
  name text not null check (length(name) > 0)
);
create table parted (day date not null, name text) partition by range (day);
create table parted_2026 partition of parted for values from ('2026-01-01') to ('2027-01-01');
create view names as select name from with_serial;
create materialized view counts as select count(*) as n from with_identity;
create function write_as_owner() returns void language sql security definer as $$ insert into with_identity (name) values ('x') $$;
create procedure rename_all() language sql as $$ update with_identity set name = name $$;
