create view project_overview as
select
  p.id,
  p.tenant_id,
  p.key,
  p.name,
  count(i.id) as images,
  coalesce(sum(i.size_bytes), 0) as size_bytes,
  max(i.created_at) as newest_image_at
from projects as p
left join images as i
  on i.project_id = p.id
  and i.deleted_at is null
where p.deleted_at is null
group by p.id;

comment on view project_overview is 'Living projects with the number and size of their living images.';
