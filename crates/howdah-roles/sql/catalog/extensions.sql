-- What is installed or could be. A trusted one needs no superuser.
select
  available.name::text as name,
  namespace.nspname::text as schema,
  exists (
    select 1
    from pg_catalog.pg_available_extension_versions as version
    where version.name = available.name
      and version.version = available.default_version
      and (version.trusted or not version.superuser)
  ) as trusted
from pg_catalog.pg_available_extensions as available
left join pg_catalog.pg_extension as extension on extension.extname = available.name
left join pg_catalog.pg_namespace as namespace on namespace.oid = extension.extnamespace
