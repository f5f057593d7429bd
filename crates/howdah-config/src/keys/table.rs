use super::alias::{Alias, Reads};
use super::{Key, Kind};
use crate::settings::{
    Environment, Limits, LoadBalanceHosts, MigrationsMode, OnFailure, TargetSessionAttrs, TlsMode,
};

const NAME: &str = "1 to 63 bytes, not a reserved name";
const VARIABLE: &str = "letters, digits and _";
const ORDER: &[&str] = &["file,env", "env,file"];

/// One row per leaf of [`Database`](crate::Database).
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    row("database.environment", Kind::Word(Environment::WORDS), "development", "Where this runs; some rules are stricter in production")
        .aliases(&[Alias::file("database.environment_mode"), Alias::variable("APP_ENVIRONMENT")]),
    unset("database.url", Kind::Url, "A connection URL; its parts win over the keys that stand beside it")
        .bound("no password in production")
        .aliases(&[Alias::file("meta.postgres_url"), Alias::variable("DATABASE_URL")]),
    unset("database.direct_url", Kind::Url, "The way to the server itself, for migrations and administration, where the other one leads to a pooler")
        .bound("host, port, database, user, sslmode, sslrootcert; no password in production")
        .aliases(&[Alias::variable("DIRECT_URL")]),
    row("database.libpq_env", Kind::Boolean, "false", "Whether libpq's variables (PGHOST, PGSSLMODE, ...) are read; every other variable of the process wins over them"),
    row("database.host", Kind::Hosts, "localhost", "Host name, address, or the directory of a Unix socket; several with commas")
        .aliases(&[Alias::variable("PSQL_DB_HOST"), Alias::libpq("PGHOST"), Alias::url("host")]),
    unset("database.hostaddr", Kind::Addresses, "The IP address to connect to; host then only names the server. One per host")
        .aliases(&[Alias::libpq("PGHOSTADDR"), Alias::url("hostaddr")]),
    row("database.port", Kind::Ports, "5432", "Port; one for all hosts, or one per host")
        .bound("1..=65535")
        .aliases(&[Alias::variable("PSQL_DB_PORT"), Alias::libpq("PGPORT"), Alias::url("port")]),
    row("database.name", Kind::DatabaseName, "appdb", "The database").bound(NAME)
        .aliases(&[Alias::file("database.app_db"), Alias::variable("APP_DB"), Alias::variable("PSQL_DB_NAME"), Alias::libpq("PGDATABASE"), Alias::url("dbname")]),
    row("database.schema", Kind::SchemaName, "public", "The schema of this instance or tenant").bound(NAME)
        .aliases(&[Alias::variable("DB_SCHEMA")]),
    row("database.target_session_attrs", Kind::Word(TargetSessionAttrs::WORDS), "any", "Which of several servers will do")
        .aliases(&[Alias::libpq("PGTARGETSESSIONATTRS"), Alias::url("target_session_attrs")]),
    row("database.load_balance_hosts", Kind::Word(LoadBalanceHosts::WORDS), "disable", "Whether several hosts are tried in random order")
        .aliases(&[Alias::libpq("PGLOADBALANCEHOSTS"), Alias::url("load_balance_hosts")]),
    row("database.tls.mode", Kind::Word(TlsMode::WORDS), "prefer", "Encryption that is asked of the server").bound("at least require in production")
        .aliases(&[Alias::variable("PSQL_DB_SSLMODE"), Alias::libpq("PGSSLMODE"), Alias::url("sslmode")]),
    row("database.tls.local_plaintext", Kind::Boolean, "false", "Whether production may do without TLS to this machine's own addresses when tls.mode says so; a Unix socket may always"),
    unset("database.tls.root_cert", Kind::Path, "The certificate authority that signed the server's certificate (PEM)").bound("an existing file")
        .aliases(&[Alias::libpq("PGSSLROOTCERT"), Alias::url("sslrootcert")]),
    unset("database.tls.cert", Kind::Path, "The client's certificate (PEM)").bound("an existing file, together with tls.key")
        .aliases(&[Alias::libpq("PGSSLCERT"), Alias::url("sslcert")]),
    unset("database.tls.key", Kind::Path, "The client's key (PEM)").bound("an existing file, together with tls.cert")
        .aliases(&[Alias::libpq("PGSSLKEY"), Alias::url("sslkey")]),
    row("database.session.application_name", Kind::Text, "howdah", "How the service shows up in pg_stat_activity").bound("1 to 63 bytes")
        .aliases(&[Alias::libpq("PGAPPNAME"), Alias::url("application_name")]),
    row("database.session.statement_timeout", Kind::Duration, "30s", "A statement that runs longer is cancelled by the server; 0: no limit").bound("0s..=24 days"),
    row("database.session.lock_timeout", Kind::Duration, "5s", "A statement that waits longer for a lock is cancelled; 0: no limit").bound("0s..=24 days"),
    row("database.session.connect_timeout", Kind::Duration, "10s", "How long making a connection may take, with TLS and login").bound("100ms..=300s")
        .aliases(&[Alias::libpq("PGCONNECT_TIMEOUT"), Alias::url("connect_timeout")]),
    unset("database.session.options", Kind::Options, "Further server settings of every session, as libpq's options: `-c jit=off`").bound("-c name=value, --name=value")
        .aliases(&[Alias::libpq("PGOPTIONS"), Alias::url("options")]),
    row("database.pool.size", Kind::Integer, "20", "Connections that are kept").bound("1..=100; with extended limits 1..=1000")
        .aliases(&[Alias::file("database.pool_size"), Alias::variable("DB_MAX_OPEN_CONNS").reads(Reads::MaxOpen), Alias::variable("MAX_DB_CONNECTIONS").reads(Reads::MaxOpen), Alias::flag("--max-db-connections").reads(Reads::MaxOpen), Alias::url("pool_size")]),
    row("database.pool.overflow", Kind::Integer, "10", "Connections beyond size that are closed when they come back").bound("0..=100; with extended limits size and overflow 1000 together")
        .aliases(&[Alias::file("database.max_overflow"), Alias::url("max_overflow")]),
    unset("database.pool.max_idle", Kind::Integer, "Idle connections that are kept; not set: as many as size").bound("1..=100, at most size")
        .aliases(&[Alias::variable("DB_MAX_IDLE_CONNS")]),
    row("database.pool.acquire_timeout", Kind::Duration, "30s", "How long a caller waits for a connection").bound("1s..=300s")
        .aliases(&[Alias::file("database.pool_timeout"), Alias::url("pool_timeout")]),
    row("database.pool.max_lifetime", Kind::Duration, "30m", "A connection older than this is replaced").bound("300s..=7200s; with extended limits 60s..=86400s")
        .aliases(&[Alias::file("database.pool_recycle"), Alias::variable("DB_CONN_MAX_LIFETIME_MIN").reads(Reads::Minutes), Alias::url("pool_recycle")]),
    row("database.pool.idle_timeout", Kind::Duration, "10m", "A connection unused for this long is closed; the default follows a shorter max_lifetime").bound("1s..=7200s, at most max_lifetime")
        .aliases(&[Alias::variable("DB_CONN_MAX_IDLE_TIME_MIN").reads(Reads::Minutes)]),
    row("database.pool.instances", Kind::Integer, "1", "Processes of this service that each hold such a pool: for sums against the server's limit").bound("1..=10000")
        .aliases(&[Alias::flag("--process-workers")]),
    row("database.pool.limits", Kind::Word(Limits::WORDS), "standard", "Which bounds the numbers of the pool must keep"),
    row("database.roles.owner", Kind::RoleName, "appowner", "Owns the database, the schema and every object in it; cannot log in").bound(NAME)
        .aliases(&[Alias::file("database.owner_user"), Alias::variable("APP_DB_OWNER")]),
    row("database.roles.migrator", Kind::RoleName, "appmigrator", "Runs migrations as the owner").bound(NAME),
    row("database.roles.app", Kind::RoleName, "appuser", "The service: reads and writes rows").bound(NAME)
        .aliases(&[Alias::file("database.user"), Alias::variable("APP_DB_USER"), Alias::variable("PSQL_DB_USER"), Alias::libpq("PGUSER"), Alias::url("user")]),
    row("database.roles.read_only", Kind::RoleName, "backupuser", "Backups and reports: reads").bound(NAME)
        .aliases(&[Alias::file("database.ro_user"), Alias::variable("APP_DB_RO_USER")]),
    row("database.secrets.order", Kind::Word(ORDER), "file,env", "Which is asked first where a secret has a file and a variable"),
    row("database.secrets.command_timeout", Kind::Duration, "10s", "How long a command that prints a secret may run").bound("100ms..=300s"),
    unset("database.secrets.migrator.file", Kind::Path, "The file that holds the migrator's password"),
    unset("database.secrets.migrator.env", Kind::VariableName, "The name of the variable that holds the migrator's password").bound(VARIABLE),
    unset("database.secrets.migrator.credential", Kind::Text, "The name of the systemd credential that holds the migrator's password"),
    unset("database.secrets.migrator.command", Kind::Argv, "The command, a list of words, that prints the migrator's password"),
    unset("database.secrets.migrator.value", Kind::Secret, "The migrator's password itself").bound("development and testing only"),
    unset("database.secrets.app.file", Kind::Path, "The file that holds the service's password")
        .aliases(&[Alias::file("database.user_pw_file_path"), Alias::variable("DATABASE_PASSWORD_FILE_PATH")]),
    unset("database.secrets.app.env", Kind::VariableName, "The name of the variable that holds the service's password").bound(VARIABLE)
        .aliases(&[Alias::file("database.user_pw_env_var"), Alias::variable("DATABASE_PASSWORD_ENV_VAR"), Alias::variable("PSQL_DB_PASSWORD").reads(Reads::Secret), Alias::libpq("PGPASSWORD").reads(Reads::Secret)]),
    unset("database.secrets.app.credential", Kind::Text, "The name of the systemd credential that holds the service's password"),
    unset("database.secrets.app.command", Kind::Argv, "The command, a list of words, that prints the service's password"),
    unset("database.secrets.app.value", Kind::Secret, "The service's password itself").bound("development and testing only")
        .aliases(&[Alias::url("password")]),
    unset("database.secrets.read_only.file", Kind::Path, "The file that holds the read-only role's password"),
    unset("database.secrets.read_only.env", Kind::VariableName, "The name of the variable that holds the read-only role's password").bound(VARIABLE)
        .aliases(&[Alias::variable("POSTGRES_APP_RO_PW").reads(Reads::Secret)]),
    unset("database.secrets.read_only.credential", Kind::Text, "The name of the systemd credential that holds the read-only role's password"),
    unset("database.secrets.read_only.command", Kind::Argv, "The command, a list of words, that prints the read-only role's password"),
    unset("database.secrets.read_only.value", Kind::Secret, "The read-only role's password itself").bound("development and testing only"),
    row("database.migrations.mode", Kind::Word(MigrationsMode::WORDS), "auto", "What a starting service does about pending migrations; the default is check in production")
        .aliases(&[Alias::variable("AUTO_MIGRATE").reads(Reads::Whether { yes: "auto", no: "off" })]),
    row("database.migrations.on_failure", Kind::Word(OnFailure::WORDS), "abort", "What a failed migration means for a starting service").bound("abort in production")
        .aliases(&[Alias::variable("AUTO_MIGRATE_SILENT_FAIL").reads(Reads::Whether { yes: "continue", no: "abort" })]),
    row("database.migrations.path", Kind::Path, "migrations", "The directory of the migration files, beside the settings file")
        .aliases(&[Alias::variable("MIGRATIONS_PATH")]),
];

const fn row(path: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    let mut key = unset(path, kind, doc);
    key.default = Some(default);
    key
}

const fn unset(path: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key {
        path,
        kind,
        default: None,
        bound: "",
        doc,
        aliases: &[],
    }
}

impl Key {
    const fn bound(mut self, bound: &'static str) -> Self {
        self.bound = bound;
        self
    }

    const fn aliases(mut self, aliases: &'static [Alias]) -> Self {
        self.aliases = aliases;
        self
    }
}
