create type member_role as enum (
  'owner',
  'admin',
  'member'
);

comment on type member_role is 'What a member may do in a tenant.';
