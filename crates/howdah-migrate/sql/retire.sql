with gone as (
  {delete}
  returning version, description, installed_on, checksum, execution_time
)
insert into {log} (act, version, description, elapsed, message, application_version, host, person)
select
  'replaced',
  version,
  description,
  nullif(execution_time, -1),
  pg_catalog.concat(
    {message}, '; it was installed on ', installed_on, ', its checksum is ', pg_catalog.encode(checksum, 'hex')
  ),
  {application_version},
  {host},
  {person}
from gone
order by version
