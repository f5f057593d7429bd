create table members (
  id bigint generated always as identity primary key,
  tenant_id bigint not null,
  user_name text not null,
  role member_role not null default 'member',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint members_tenant_id_user_name_key unique (tenant_id, user_name),
  constraint members_tenant_id_fkey foreign key (tenant_id)
    references tenants (id)
    on delete cascade
);

comment on table members is 'Who belongs to a tenant, and what they may do.';

create index members_user_name_idx
  on members (user_name);

create trigger members_touch_updated_at
  before update on members
  for each row
  execute function touch_updated_at();
