create table projects (
  id bigint generated always as identity primary key,
  tenant_id bigint not null,
  key text not null default new_key('prj'),
  name text not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint projects_key_key unique (key),
  constraint projects_tenant_id_fkey foreign key (tenant_id)
    references tenants (id)
    on delete cascade
);

comment on table projects is 'A collection of images. Deleted ones stay until they are purged.';

comment on column projects.deleted_at is 'When it was deleted; null while it lives.';

-- A deleted project does not block its name.
create unique index projects_live_name_idx
  on projects (tenant_id, lower(name))
  where deleted_at is null;

create trigger projects_touch_updated_at
  before update on projects
  for each row
  execute function touch_updated_at();
