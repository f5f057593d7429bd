select
  'extension' as kind,
  e.extname::pg_catalog.text as name,
  e.extversion as version
from pg_catalog.pg_extension as e
where e.extnamespace = {namespace}
