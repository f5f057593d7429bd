begin
  if exists (select from {ledger} where not success)
    or (select pg_catalog.max(version) from {ledger}) is distinct from {previous} then
    raise exception '{what}'
      using hint = 'See what is applied, and write a script from there: howdah migrate status; howdah migrate sql --from VERSION';
  end if;
end
