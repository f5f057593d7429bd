-- Since PostgreSQL 16 a membership has options of its own, and one row for each grantor.
select
  role.rolname::text as role,
  member.rolname::text as member,
  bool_or(membership.admin_option) as admin,
  bool_or((to_jsonb(membership) ->> 'inherit_option')::boolean) as inherit,
  bool_or((to_jsonb(membership) ->> 'set_option')::boolean) as set_role
from pg_catalog.pg_auth_members as membership
join pg_catalog.pg_roles as role on role.oid = membership.roleid
join pg_catalog.pg_roles as member on member.oid = membership.member
where member.rolname = any ($1)
group by role.rolname, member.rolname
