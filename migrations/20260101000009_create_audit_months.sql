-- Runs as its caller, who must own the table. Months are those of UTC, whatever the session thinks.
create function add_audit_month(month date)
  returns text
  language plpgsql
  set search_path from current
  set timezone to 'UTC'
  set datestyle to 'ISO'
as $$
declare
  first_day date := date_trunc('month', month)::date;
  next_first date := (first_day + interval '1 month')::date;
  partition text := 'audit_log_' || to_char(first_day, 'YYYY_MM');
begin
  if to_regclass(partition) is not null then
    return partition;
  end if;
  execute format(
    'create table %I (like audit_log including defaults including constraints)',
    partition
  );
  -- Entries that came before their partition wait in the default one, and would forbid the new one.
  execute format(
    'with moved as ('
      'delete from audit_log_default where occurred_at >= $1 and occurred_at < $2 returning *'
    ') insert into %I select * from moved',
    partition
  )
  using first_day::timestamptz, next_first::timestamptz;
  execute format(
    'alter table audit_log attach partition %I for values from (%L) to (%L)',
    partition,
    first_day::timestamptz,
    next_first::timestamptz
  );
  return partition;
end;
$$;

comment on function add_audit_month(date) is
  'Makes the partition of the audit log for the month of a day, unless it is there; returns its name.';

select add_audit_month(date '2026-01-01');

select add_audit_month(date '2026-02-01');

select add_audit_month(date '2026-03-01');
