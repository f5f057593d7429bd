select
  version::pg_catalog.text as entry,
  description::pg_catalog.text as name,
  pg_catalog.encode(checksum, 'hex')::pg_catalog.text as checksum,
  not success as dirty,
  installed_on::pg_catalog.text as at
from {table}
order by version
