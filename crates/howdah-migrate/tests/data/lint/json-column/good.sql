create table a (
  json jsonb,
  data jsonb not null default '{"a": "json"}',
  b text check (b <> 'json'),
  c text default (json_build_object('a', 1)::json)::text,
  constraint json check (true)
);
alter table b add constraint json unique (a);
alter table b add column json jsonb, alter column c type text using c::json, drop column json;
create function f(a json) returns json language sql as $$ create table t (a json); $$;
select a::json from b; -- a json
comment on table a is 'create table a (b json)';
