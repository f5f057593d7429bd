-- Tables of the schema without a row, as the connected role sees them; the ledger is the migrator's.
select class.relname::text
from pg_catalog.pg_class as class
where class.relnamespace = 'app'::regnamespace
  and class.relkind in ('r', 'p')
  and class.relname <> '_sqlx_migrations'
  and (xpath(
    '/row/n/text()',
    query_to_xml(format('select count(*) as n from app.%I', class.relname), false, true, '')
  ))[1]::text = '0'
