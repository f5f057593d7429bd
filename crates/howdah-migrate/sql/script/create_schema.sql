begin
  if not exists (select from pg_catalog.pg_namespace where nspname = {name}) then
    create schema {schema};
  end if;
end
