select
  version::pg_catalog.text as entry,
  name::pg_catalog.text as name,
  checksum::pg_catalog.text as checksum,
  false as dirty,
  applied_on::pg_catalog.text as at
from {table}
order by version
