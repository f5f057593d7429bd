-- A file of its own: a new value cannot be used in the transaction that adds it.
alter type member_role
  add value 'viewer' after 'member';
