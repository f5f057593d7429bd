select pg_catalog.pg_get_userbyid(nspowner)::text
from pg_catalog.pg_namespace
where nspname = $1
