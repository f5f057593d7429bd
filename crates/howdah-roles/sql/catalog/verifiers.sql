select
  rolname::text,
  rolpassword
from pg_catalog.pg_authid
where rolname = any ($1)
  and rolpassword is not null
