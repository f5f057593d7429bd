use howdah_roles::Layout;

use self::Expected::{Allowed, Denied};
use self::Who::{App, Migrator, ReadOnly};

/// One statement, and what comes of it. `{owner}`, `{migrator}`, `{app}`, `{rw}` and `{ro}` stand for roles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) number: u8,
    who: &'static [Who],
    pub(super) expected: Expected,
    statement: &'static str,
    /// The first version that has it.
    since: u16,
    /// It cannot stand in a transaction.
    pub(super) is_alone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    App,
    ReadOnly,
    Migrator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Allowed,
    /// With SQLSTATE 42501.
    Denied,
}

/// What concerns a role.
pub(super) fn of(who: Who, major: u16) -> impl Iterator<Item = &'static Case> {
    let is_his = move |case: &&Case| case.who.contains(&who) && case.since <= major;
    CASES.iter().filter(is_his)
}

impl Case {
    pub(super) fn statement(&self, layout: &Layout) -> String {
        let names = [
            ("{owner}", layout.owner()),
            ("{migrator}", layout.migrator()),
            ("{app}", layout.app()),
            ("{rw}", layout.read_write_group()),
            ("{ro}", layout.read_only_group()),
        ];
        let mut statement = self.statement.to_owned();
        for (name, role) in names {
            statement = statement.replace(name, &format!("{role}"));
        }
        statement
    }
}

const fn case(
    number: u8,
    who: &'static [Who],
    expected: Expected,
    statement: &'static str,
) -> Case {
    Case {
        number,
        who,
        expected,
        statement,
        since: 0,
        is_alone: false,
    }
}

const fn since(since: u16, case: Case) -> Case {
    Case { since, ..case }
}

const fn alone(case: Case) -> Case {
    Case {
        is_alone: true,
        ..case
    }
}

const SERVICE: &[Who] = &[App, ReadOnly];
const ALL: &[Who] = &[App, ReadOnly, Migrator];

const CASES: &[Case] = &[
    case(
        10,
        &[App],
        Allowed,
        "insert into with_serial (name) values ('a'); select * from with_serial; update with_serial set name = 'b'; delete from with_serial",
    ),
    case(
        11,
        &[App],
        Allowed,
        "insert into with_identity (name) values ('a'); update with_identity set name = 'b'; delete from with_identity",
    ),
    case(
        12,
        &[App],
        Allowed,
        "insert into with_serial (name) values ('a'); insert into with_identity (name) values ('b')",
    ),
    case(
        13,
        &[App],
        Allowed,
        "select nextval('with_serial_id_seq'); select currval('with_serial_id_seq')",
    ),
    case(
        14,
        &[App],
        Allowed,
        "select * from names; select * from counts; insert into parted values ('2026-02-03', 'a'); select * from parted_2026",
    ),
    case(15, &[App], Allowed, "select next_code(); call rename_all()"),
    case(17, SERVICE, Allowed, "select * from with_serial"),
    case(
        18,
        SERVICE,
        Allowed,
        "select pg_advisory_xact_lock(1); listen channel; notify channel",
    ),
    case(19, SERVICE, Denied, "create table app.t (id int)"),
    case(20, ALL, Denied, "create table public.t (id int)"),
    case(21, ALL, Denied, "create schema s"),
    case(22, ALL, Denied, "create temporary table t (id int)"),
    case(
        23,
        SERVICE,
        Denied,
        "alter table with_serial add column c int",
    ),
    case(23, SERVICE, Denied, "drop table with_serial"),
    case(
        23,
        SERVICE,
        Denied,
        "comment on table with_serial is 'mine'",
    ),
    case(23, SERVICE, Denied, "create index on with_serial (name)"),
    case(24, SERVICE, Denied, "truncate with_serial"),
    case(
        25,
        SERVICE,
        Denied,
        "create trigger t before insert on with_serial for each row execute function stamp()",
    ),
    case(
        26,
        SERVICE,
        Denied,
        "select setval('with_serial_id_seq', 100)",
    ),
    case(
        26,
        SERVICE,
        Denied,
        "alter sequence with_serial_id_seq restart",
    ),
    case(27, SERVICE, Denied, "set role {owner}"),
    case(27, SERVICE, Denied, "set role {migrator}"),
    since(16, case(27, &[App], Denied, "set role {rw}")),
    since(16, case(27, &[ReadOnly], Denied, "set role {ro}")),
    case(27, &[Migrator], Denied, "set role {app}"),
    case(28, ALL, Denied, "set session authorization {owner}"),
    case(
        28,
        &[Migrator, ReadOnly],
        Denied,
        "set session authorization {app}",
    ),
    case(29, ALL, Denied, "create role r"),
    case(29, ALL, Denied, "alter role {app} createdb"),
    alone(case(29, ALL, Denied, "create database howdah_never")),
    case(29, SERVICE, Denied, "create extension hstore schema app"),
    case(29, SERVICE, Denied, "create extension dblink schema app"),
    case(29, ALL, Denied, "create publication p"),
    case(29, ALL, Denied, "create publication p for all tables"),
    case(
        29,
        ALL,
        Denied,
        "create event trigger e on ddl_command_end execute function now()",
    ),
    case(30, ALL, Denied, "copy (select 1) to '/tmp/howdah_never'"),
    case(30, ALL, Denied, "copy (select 1) to program 'true'"),
    case(30, &[App], Denied, "copy with_serial from '/etc/passwd'"),
    case(30, &[App], Denied, "copy with_serial from program 'true'"),
    case(30, ALL, Denied, "select pg_read_file('PG_VERSION')"),
    case(30, ALL, Denied, "select pg_read_binary_file('PG_VERSION')"),
    case(30, ALL, Denied, "select pg_ls_dir('.')"),
    case(31, ALL, Denied, "select * from pg_catalog.pg_authid"),
    case(31, ALL, Denied, "select * from pg_catalog.pg_shadow"),
    alone(case(32, ALL, Denied, "alter system set work_mem = '5MB'")),
    case(32, ALL, Denied, "select pg_reload_conf()"),
    case(36, SERVICE, Denied, "refresh materialized view counts"),
    case(36, SERVICE, Denied, "reindex table with_serial"),
    case(37, SERVICE, Denied, "select pg_catalog.lo_create(0)"),
    case(
        37,
        SERVICE,
        Denied,
        "select pg_catalog.lo_from_bytea(0, 'x')",
    ),
    case(
        38,
        &[ReadOnly],
        Allowed,
        "select * from with_serial; select * from names; select * from counts; select last_value from with_serial_id_seq",
    ),
    case(
        39,
        &[ReadOnly],
        Allowed,
        "select * from parted; select * from parted_2026; select last_value from with_identity_id_seq",
    ),
    case(
        40,
        &[ReadOnly],
        Denied,
        "insert into with_serial (name) values ('a')",
    ),
    case(40, &[ReadOnly], Denied, "update with_serial set name = 'b'"),
    case(40, &[ReadOnly], Denied, "delete from with_identity"),
    case(
        40,
        &[ReadOnly],
        Denied,
        "select * from with_serial for update",
    ),
    case(
        40,
        &[ReadOnly],
        Denied,
        "select * from with_serial for share",
    ),
    case(
        41,
        &[ReadOnly],
        Denied,
        "select nextval('with_serial_id_seq')",
    ),
    case(42, &[ReadOnly], Denied, "create view app.v as select 1"),
    case(
        42,
        &[ReadOnly],
        Denied,
        "create function app.f() returns int language sql as 'select 1'",
    ),
    case(42, &[ReadOnly], Denied, "create type app.t as enum ('a')"),
    case(43, &[ReadOnly], Denied, "select write_as_owner()"),
    case(43, &[ReadOnly], Denied, "call rename_all()"),
    case(44, &[ReadOnly], Denied, "set role {rw}"),
    case(
        45,
        &[ReadOnly],
        Denied,
        "set default_transaction_read_only = off; set transaction read write; insert into with_serial (name) values ('a')",
    ),
    case(47, &[Migrator], Denied, "create table app.t (id int)"),
    case(
        48,
        &[Migrator],
        Allowed,
        "set local role {owner}; create table app.t (id int); drop table app.t",
    ),
    case(50, &[Migrator], Denied, "set role {rw}"),
    case(50, &[Migrator], Denied, "set role {ro}"),
    case(53, &[ReadOnly], Denied, "select next_code()"),
];
