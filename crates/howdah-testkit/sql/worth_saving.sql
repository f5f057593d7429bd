-- What a later run starts from: the server's own databases, and the templates.
select database.oid::text
from pg_catalog.pg_database as database
left join howdah_testkit.databases as made on made.name = database.datname
where coalesce(made.kind, 'template') = 'template'
order by 1
