select
  d.datname::pg_catalog.text as name,
  pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text as encoding,
  d.datcollate::pg_catalog.text as collate,
  d.datctype::pg_catalog.text as ctype,
  -- As JSON, because each of these is there only from some version on.
  pg_catalog.to_jsonb(d) ->> 'datlocprovider' as provider,
  coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') as locale,
  pg_catalog.to_jsonb(d) ->> 'daticurules' as rules
from pg_catalog.pg_database as d
where d.datname = pg_catalog.current_database()
