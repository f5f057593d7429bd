declare
  bytes bytea := pg_catalog.convert_to(pg_catalog.current_database(), 'UTF8');
  crc bigint := 4294967295;
begin
  -- The key of sqlx is a number times the CRC-32 of the database's name.
  for at in 0 .. pg_catalog.length(bytes) - 1 loop
    crc := crc # pg_catalog.get_byte(bytes, at);
    for turn in 1 .. 8 loop
      crc := (crc >> 1) # (3988292384 * (crc & 1));
    end loop;
  end loop;
  if not pg_catalog.pg_try_advisory_lock_shared({factor} * (crc # 4294967295))
    or not pg_catalog.pg_try_advisory_lock({ledger_key}) then
    raise exception 'another session migrates this database'
      using hint = 'Run the script again when it has ended.';
  end if;
end
