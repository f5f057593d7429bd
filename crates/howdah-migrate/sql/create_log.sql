create table if not exists {log} (
  id bigint generated always as identity primary key,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  act text not null,
  version bigint,
  description text not null,
  statement integer,
  digest text,
  elapsed bigint,
  sqlstate text,
  message text,
  reason text,
  role text not null default session_user,
  application text default pg_catalog.current_setting('application_name'),
  application_version text,
  host text,
  person text,
  address inet default pg_catalog.inet_client_addr()
);
comment on table {log} is
  'What howdah-migrate did here, and who did it. The ledger is the other table; this one may be emptied when nothing is unfinished.'
