select
  pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at,
  act,
  version,
  description,
  statement,
  elapsed,
  sqlstate,
  message,
  reason,
  role,
  application,
  application_version,
  host,
  person
from {log}
order by id
