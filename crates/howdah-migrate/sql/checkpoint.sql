select message
from {log}
where version = {version}
  and act = 'checkpoint'
  and id > (
    select coalesce(max(id), 0)
    from {log}
    where version = {version}
      and act in ('began', 'revert began')
  )
order by id desc
limit 1
