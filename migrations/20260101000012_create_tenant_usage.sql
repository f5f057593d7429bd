create materialized view tenant_usage as
select
  t.id as tenant_id,
  t.slug,
  (
    select count(*)
    from members as m
    where m.tenant_id = t.id
  ) as members,
  (
    select count(*)
    from projects as p
    where p.tenant_id = t.id
      and p.deleted_at is null
  ) as projects,
  (
    select coalesce(sum(i.size_bytes), 0)
    from images as i
    join projects as p
      on p.id = i.project_id
    where p.tenant_id = t.id
      and i.deleted_at is null
  ) as size_bytes
from tenants as t;

comment on materialized view tenant_usage is 'What each tenant uses, as of the last refresh.';

-- `refresh materialized view concurrently` needs a unique index.
create unique index tenant_usage_tenant_id_idx
  on tenant_usage (tenant_id);
