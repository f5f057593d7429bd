create table tenants (
  id bigint generated always as identity primary key,
  public_id uuid not null default gen_random_uuid(),
  slug text not null,
  name text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint tenants_public_id_key unique (public_id),
  constraint tenants_slug_key unique (slug),
  constraint tenants_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);

comment on table tenants is 'The customers (guilds, groups, organisations) that share this instance.';

create trigger tenants_touch_updated_at
  before update on tenants
  for each row
  execute function touch_updated_at();
