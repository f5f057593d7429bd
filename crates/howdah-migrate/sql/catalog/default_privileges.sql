select
  'default privileges' as kind,
  {role a.defaclrole} || ' on '
    || case a.defaclobjtype
      when 'r' then 'tables'
      when 'S' then 'sequences'
      when 'f' then 'functions'
      when 'T' then 'types'
      else a.defaclobjtype::pg_catalog.text
    end as name,
  (
    select pg_catalog.string_agg(g.grantee || ': ' || g.granted, '; ' order by g.grantee collate pg_catalog."C")
    from (
      select
        {role e.grantee} as grantee,
        {privileges e} as granted
      from pg_catalog.aclexplode(a.defaclacl) as e
      group by 1
    ) as g
  ) as grants
from pg_catalog.pg_default_acl as a
where a.defaclnamespace = {namespace}
