select r.rolname::text as name,
       r.rolcanlogin as logs_in,
       coalesce(pg_catalog.pg_has_role(r.oid, g.oid, 'member'), false) as is_member,
       exists (select from pg_catalog.pg_stat_activity as a where a.usesysid = r.oid) as is_used
  from pg_catalog.pg_roles as r
  left join pg_catalog.pg_roles as g on g.rolname = $1
 where r.rolname = any ($2)
