use self::How::{Allowed, Asked, Denied, Silent};
use self::Who::{App, Everybody, Migrator, ReadOnly, Service};

/// One line of the checklist. `{schema}`, `{owner}`, `{migrator}`, `{group}`, `{table}`, `{name}` and `{sequence}` stand for
/// names, `:schema` and `:owner` for texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) number: u8,
    pub(crate) who: Who,
    pub(crate) what: &'static str,
    pub(crate) how: How,
    /// The first version that has it.
    pub(crate) since: i32,
}

/// As whom it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    App,
    ReadOnly,
    Migrator,
    /// The app and the read-only role.
    Service,
    Everybody,
}

/// How it is found out. Whatever is run is rolled back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    /// Succeeds.
    Allowed(&'static str),
    /// Fails for lack of a privilege.
    Denied(&'static str),
    /// Each row is something that is wrong.
    Asked(&'static str),
    /// The statement succeeds and changes nothing: `grant` by somebody without grant option only warns. The query gives the
    /// same before and after.
    Silent(&'static str, &'static str),
}

impl Who {
    pub(crate) fn is(self, role: Self) -> bool {
        match self {
            Self::Everybody => true,
            Self::Service => role == App || role == ReadOnly,
            one => one == role,
        }
    }
}

const fn item(number: u8, who: Who, what: &'static str, how: How) -> Item {
    Item {
        number,
        who,
        what,
        how,
        since: 0,
    }
}

const fn since(item: Item, since: i32) -> Item {
    Item { since, ..item }
}

/// What can be found out in a database as it is, by the numbers of the crate's documentation.
pub(crate) const CHECKLIST: &[Item] = &[
    item(
        1,
        Everybody,
        "the owner cannot log in",
        Asked("select 'it can' from pg_catalog.pg_roles where rolname = :owner and rolcanlogin"),
    ),
    item(
        2,
        Service,
        "the group cannot log in",
        Asked("select 'it can' from pg_catalog.pg_roles where rolname = :group and rolcanlogin"),
    ),
    item(
        4,
        Everybody,
        "neither it nor the owner has an attribute",
        Asked(include_str!("../sql/checklist/attributes.sql")),
    ),
    item(
        5,
        Everybody,
        "PUBLIC cannot connect or do anything else here",
        Asked(include_str!("../sql/checklist/public.sql")),
    ),
    item(
        6,
        Service,
        "it cannot use the databases of the server itself",
        Asked(include_str!("../sql/other_databases.sql")),
    ),
    item(
        10,
        App,
        "it reads and writes rows",
        Allowed(
            "explain select * from {table}; explain insert into {table} default values; explain delete from {table}",
        ),
    ),
    item(
        11,
        App,
        "it reads and writes rows of later tables",
        Asked(LATER_APP),
    ),
    item(
        15,
        App,
        "it calls functions",
        Asked(include_str!("../sql/checklist/routines.sql")),
    ),
    item(
        17,
        Service,
        "it finds tables without their schema",
        Allowed("select * from {name} limit 0"),
    ),
    item(
        18,
        Service,
        "advisory locks and notifications work",
        Allowed(
            "select pg_catalog.pg_try_advisory_xact_lock(4711); listen howdah_attempt; notify howdah_attempt",
        ),
    ),
    item(
        19,
        Service,
        "it cannot make a table in the schema",
        Denied("create table {schema}.howdah_attempt (id int)"),
    ),
    item(
        20,
        Everybody,
        "it cannot make a table in public",
        Denied("create table public.howdah_attempt (id int)"),
    ),
    item(
        21,
        Everybody,
        "it cannot make a schema",
        Denied("create schema howdah_attempt"),
    ),
    item(
        22,
        Everybody,
        "it cannot make a temporary table",
        Denied("create temporary table howdah_attempt (id int)"),
    ),
    item(
        23,
        Service,
        "it cannot alter a table",
        Denied("alter table {table} add column howdah_attempt int"),
    ),
    item(
        23,
        Service,
        "it cannot drop a table",
        Denied("drop table {table}"),
    ),
    item(
        23,
        Service,
        "it cannot comment on a table",
        Denied("comment on table {table} is 'howdah'"),
    ),
    item(
        24,
        Service,
        "it cannot truncate",
        Denied("truncate {table}"),
    ),
    item(
        25,
        Service,
        "it cannot add a trigger",
        Denied(
            "create trigger howdah_attempt before insert on {table} for each row execute function pg_catalog.suppress_redundant_updates_trigger()",
        ),
    ),
    item(
        26,
        Service,
        "it cannot alter a sequence",
        Denied("alter sequence {sequence} restart"),
    ),
    item(
        27,
        Service,
        "it cannot become the owner",
        Denied("set local role {owner}"),
    ),
    item(
        27,
        Service,
        "it cannot become the migrator",
        Denied("set local role {migrator}"),
    ),
    since(
        item(
            27,
            Service,
            "it cannot become its group",
            Denied("set local role {group}"),
        ),
        16,
    ),
    item(
        28,
        Everybody,
        "it cannot change who it is",
        Denied("set local session authorization {owner}"),
    ),
    item(
        29,
        Everybody,
        "it cannot make a role",
        Denied("create role howdah_attempt"),
    ),
    item(
        29,
        Service,
        "it cannot make a publication",
        Denied("create publication howdah_attempt"),
    ),
    item(
        29,
        Everybody,
        "it cannot make an event trigger",
        Denied(
            "create event trigger howdah_attempt on ddl_command_end execute function pg_catalog.now()",
        ),
    ),
    item(
        30,
        Everybody,
        "it cannot run programs on the server",
        Denied("copy (select 1) to program 'true'"),
    ),
    item(
        30,
        Everybody,
        "it cannot read files of the server",
        Denied("select pg_catalog.pg_read_file('PG_VERSION')"),
    ),
    item(
        31,
        Everybody,
        "it cannot read stored passwords",
        Denied("select 1 from pg_catalog.pg_authid"),
    ),
    item(
        33,
        Service,
        "it cannot grant",
        Silent(
            "grant select on {table} to public",
            "select coalesce(relacl::text, '') from pg_catalog.pg_class where oid = '{table}'::regclass",
        ),
    ),
    item(
        35,
        Service,
        "it cannot read other schemas",
        Asked(include_str!("../sql/checklist/foreign_tables.sql")),
    ),
    since(
        item(
            36,
            Service,
            "it cannot maintain tables",
            Asked(include_str!("../sql/checklist/maintain.sql")),
        ),
        17,
    ),
    item(
        37,
        Service,
        "it cannot make a large object",
        Denied("select pg_catalog.lo_create(0)"),
    ),
    item(
        39,
        ReadOnly,
        "it reads later tables",
        Asked(LATER_READ_ONLY),
    ),
    item(
        40,
        ReadOnly,
        "it cannot insert",
        Denied("insert into {table} default values"),
    ),
    item(
        40,
        ReadOnly,
        "it cannot delete",
        Denied("delete from {table}"),
    ),
    item(
        40,
        ReadOnly,
        "it cannot lock rows",
        Denied("select * from {table} for update"),
    ),
    item(
        45,
        ReadOnly,
        "it cannot write in a transaction that it says may",
        Denied("set transaction read write; delete from {table}"),
    ),
    item(
        47,
        Migrator,
        "it makes nothing without becoming the owner",
        Denied("create table {schema}.howdah_attempt (id int)"),
    ),
    item(
        48,
        Migrator,
        "it makes tables as the owner",
        Allowed("set local role {owner}; create table {schema}.howdah_attempt (id int)"),
    ),
    item(
        49,
        Everybody,
        "everything in the schema is the owner's",
        Asked(include_str!("../sql/checklist/foreign_owners.sql")),
    ),
    item(
        50,
        Migrator,
        "it is in no group of the service",
        Asked(
            "select format('is a member of %s', rolname) from pg_catalog.pg_roles where rolname in (:rw, :ro) and pg_has_role(oid, 'member')",
        ),
    ),
    item(
        53,
        Everybody,
        "PUBLIC cannot call later functions",
        Asked(include_str!("../sql/checklist/later_functions.sql")),
    ),
];

const LATER_APP: &str = "later: ('r', 'tables', 'select'), ('r', 'tables', 'insert'), ('r', 'tables', 'update'), ('r', 'tables', 'delete'), ('S', 'sequences', 'usage'), ('f', 'functions', 'execute')";
const LATER_READ_ONLY: &str = "later: ('r', 'tables', 'select'), ('S', 'sequences', 'select')";
