-- The last row of a version says whether it is applied. goose puts in version 0 when it makes the table.
select
  version_id::pg_catalog.text as entry,
  null::pg_catalog.text as name,
  null::pg_catalog.text as checksum,
  false as dirty,
  tstamp::pg_catalog.text as at
from (
  select distinct on (version_id) version_id, is_applied, tstamp
  from {table}
  order by version_id, id desc
) as last
where is_applied
  and version_id > 0
order by version_id
