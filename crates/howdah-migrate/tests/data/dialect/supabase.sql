-- Written as `supabase db diff` writes it.
create extension if not exists "hypopg" with schema "extensions"; create extension if not exists index_advisor with schema extensions;
create extension if not exists "pgcrypto" with schema "extensions" version '1.3' cascade;
CREATE EXTENSION IF NOT EXISTS pg_net
  WITH SCHEMA "extensions"; -- calls the web

create type "public"."mood" as enum ('sad (:', 'grant select on t to anon;', 'größer');

create table "public"."notes" (
  "id" bigint generated always as identity primary key,
  "owner" uuid not null,
  "body" text not null default 'grant all on notes to anon;',
  "mood" mood not null default 'sad (:',
  constraint "body_check" check (body <> ';')
);

alter table only "public"."notes" add constraint "owner_key" unique (owner), add constraint "body_key" unique (body);

create index on "public"."notes" (mood);

-- we grant access to anon;
grant select on table "public"."notes" to "anon";
GRANT INSERT ON TABLE "public"."notes" TO "authenticated" WITH GRANT OPTION;
grant update /* why: grant x to anon; */ on "public"."notes" to Anon, service_role;
revoke delete on "public"."notes" from anon, howdah_test_reader;
grant select on "public"."notes" to howdah_test_reader, anon;
grant select on "public"."notes" to public;
alter default privileges for role current_user in schema public
  grant select on tables to "anon", "authenticated", "service_role";

alter table "public"."notes" enable row level security;

create policy "größe: own notes; to anon" on "public"."notes"
  as permissive
  for select
  to authenticated
using (owner = gen_random_uuid());

create policy "everybody" on "public"."notes" for select to public using (true);
create policy "reader" on "public"."notes" for select to anon, howdah_test_reader using (true);
alter policy "größe: own notes; to anon" on "public"."notes" rename to "own";
comment on policy "everybody" on "public"."notes" is 'Not only to anon;';

create function "public"."let_in"() returns void language plpgsql as $body$
begin
  execute 'grant select on public.notes to ' || quote_ident('howdah_test_reader');
  -- create policy p on notes to anon;
end;
$body$;

do $$ begin perform 'with schema "extensions"'; end $$;
