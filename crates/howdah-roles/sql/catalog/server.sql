select
  current_user::text as executor,
  current_database()::text as database,
  current_setting('server_version_num')::int as version,
  extract(epoch from now())::bigint as now,
  has_table_privilege('pg_catalog.pg_authid', 'select') as reads_verifiers,
  -- Amazon's: passwords are only for members of a role to set.
  coalesce(lower(current_setting('rds.restrict_password_commands', true)) in ('on', 'true', 'yes', '1'), false)
    and exists (
      select 1
      from pg_catalog.pg_roles as role
      where role.rolname = 'rds_password'
        and not pg_has_role(role.oid, 'member')
    ) as restricts_passwords,
  -- The extension credcheck wants to see a password to judge it.
  coalesce(lower(current_setting('credcheck.encrypted_password_allowed', true)) in ('off', 'false', 'no', '0'), false)
    as refuses_verifiers
