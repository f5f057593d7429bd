create schema if not exists howdah_testkit;

revoke all on schema howdah_testkit from public;

comment on schema howdah_testkit is 'Which databases howdah-testkit has made. It drops these and no others.';

create table if not exists howdah_testkit.databases (
    name text primary key,
    -- draft, template, shared, making, stock, test, doomed or dropping
    kind text not null,
    template text not null,
    own_roles boolean not null default false,
    owner bigint,
    test text,
    kept timestamptz,
    created timestamptz not null default pg_catalog.now(),
    used timestamptz not null default pg_catalog.now()
);
