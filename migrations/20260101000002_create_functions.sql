-- The search path is fixed to the schema that this file is applied to, so that the functions find
-- their own instance's tables, whoever calls them.
create function touch_updated_at()
  returns trigger
  language plpgsql
  set search_path from current
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;

comment on function touch_updated_at() is 'Trigger: keeps updated_at.';

create function new_key(prefix text)
  returns text
  language sql
  volatile
  set search_path from current
as $$
  select prefix || '_' || replace(gen_random_uuid()::text, '-', '');
$$;

comment on function new_key(text) is 'A public key that tells nothing about the row, for example prj_0b1c...';
