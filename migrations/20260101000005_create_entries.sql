create table entries (
  id uuid primary key default gen_random_uuid(),
  tenant_id bigint not null,
  scope text not null default '',
  key text not null,
  value jsonb not null default '{}',
  expires_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint entries_tenant_id_scope_key_key unique (tenant_id, scope, key),
  constraint entries_tenant_id_fkey foreign key (tenant_id)
    references tenants (id)
    on delete cascade
);

comment on table entries is 'Generic key-value storage: one JSON value for each tenant, scope and key.';

create index entries_expires_at_idx
  on entries (expires_at)
  where expires_at is not null;

create index entries_value_idx
  on entries
  using gin (value jsonb_path_ops);

create trigger entries_touch_updated_at
  before update on entries
  for each row
  execute function touch_updated_at();
