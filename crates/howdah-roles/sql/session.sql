select
  current_user::text,
  (select rolsuper from pg_catalog.pg_roles where rolname = current_user),
  current_setting('server_version_num')::int
