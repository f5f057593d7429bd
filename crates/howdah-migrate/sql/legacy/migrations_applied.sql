select
  id::pg_catalog.text as entry,
  null::pg_catalog.text as name,
  null::pg_catalog.text as checksum,
  false as dirty,
  applied_at::pg_catalog.text as at
from {table}
order by applied_at, id
