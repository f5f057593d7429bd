create table images (
  id serial primary key,
  project_id bigint not null,
  file_name text not null,
  content_type text not null default 'application/octet-stream',
  size_bytes bigint not null default 0,
  digest bytea,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  deletion_reason text,
  constraint images_size_bytes_check check (size_bytes >= 0),
  constraint images_deletion_reason_check check (deletion_reason is null or deleted_at is not null),
  constraint images_project_id_fkey foreign key (project_id)
    references projects (id)
    on delete cascade
);

comment on table images is 'What is stored about an image; the bytes themselves live elsewhere.';

create index images_live_idx
  on images (project_id, created_at desc)
  where deleted_at is null;

create trigger images_touch_updated_at
  before update on images
  for each row
  execute function touch_updated_at();
