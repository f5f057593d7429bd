do $forget$
declare
  prepared record;
begin
  for prepared in
    select name
    from pg_catalog.pg_prepared_statements
    where from_sql
  loop
    execute pg_catalog.format('deallocate %I', prepared.name);
  end loop;
end
$forget$
