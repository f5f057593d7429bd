create table image_tags (
  image_id integer not null,
  tag text not null,
  created_at timestamptz not null default now(),
  constraint image_tags_pkey primary key (image_id, tag),
  constraint image_tags_image_id_fkey foreign key (image_id)
    references images (id)
    on delete cascade
);

comment on table image_tags is 'The tags of an image.';

create index image_tags_tag_idx
  on image_tags (tag);
