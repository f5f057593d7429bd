-- Since PostgreSQL 16 a membership has options of its own, and one row for each grantor. `to_jsonb` reads columns that
-- older versions do not have.
select
  role.rolname::text as role,
  member.rolname::text as member,
  pg_catalog.pg_get_userbyid(membership.grantor)::text as grantor,
  membership.admin_option as admin,
  (to_jsonb(membership) ->> 'inherit_option')::boolean as inherit,
  (to_jsonb(membership) ->> 'set_option')::boolean as set_role
from pg_catalog.pg_auth_members as membership
join pg_catalog.pg_roles as role on role.oid = membership.roleid
join pg_catalog.pg_roles as member on member.oid = membership.member
