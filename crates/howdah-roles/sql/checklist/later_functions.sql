-- No row at all stands for the built-in default, which lets PUBLIC call every new function.
select 'PUBLIC may call every function that the owner makes'
where not exists (
  select 1
  from pg_catalog.pg_default_acl as defaults
  where defaults.defaclrole = (select oid from pg_catalog.pg_roles where rolname = :owner)
    and defaults.defaclnamespace = 0
    and defaults.defaclobjtype = 'f'
    and not exists (select 1 from aclexplode(defaults.defaclacl) as item where item.grantee = 0)
)
