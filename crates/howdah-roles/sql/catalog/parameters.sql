-- A few, such as TimeZone, are written with capitals; the server takes them in any.
select
  lower(name),
  context in ('superuser', 'superuser-backend') as superuser_only
from pg_catalog.pg_settings
where context in ('user', 'backend', 'superuser', 'superuser-backend')
