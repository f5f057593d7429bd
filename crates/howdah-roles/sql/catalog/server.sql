select
  current_user::text as executor,
  current_database()::text as database,
  current_setting('server_version_num')::int as version,
  extract(epoch from now())::bigint as now,
  has_table_privilege('pg_catalog.pg_authid', 'select') as reads_verifiers
