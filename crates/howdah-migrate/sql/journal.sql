select
  act,
  statement,
  digest,
  message,
  pg_catalog.to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at
from {log}
where version = {version}
  and act in ('began', 'revert began', 'statement began', 'statement ended', 'statement failed')
  and id >= (
    select coalesce(max(id), 0)
    from {log}
    where version = {version}
      and act not in ('statement began', 'statement ended', 'statement failed', 'failed', 'checkpoint')
  )
order by id
