select coalesce(pg_catalog.sum(elapsed), 0)::pg_catalog.int8 as elapsed
from {log}
where version = {version}
  and act in ('statement ended', 'checkpoint')
  and id > (
    select coalesce(max(id), 0)
    from {log}
    where version = {version}
      and act in ('began', 'revert began')
  )
