select
  version::pg_catalog.text as entry,
  null::pg_catalog.text as name,
  null::pg_catalog.text as checksum,
  dirty,
  null::pg_catalog.text as at
from {table}
order by version
