use super::{Key, Kind};
use crate::settings::{Environment, Limits, MigrationsMode, OnFailure, TlsMode};

const NAME: &str = "1 to 63 bytes, not a reserved name";
const VARIABLE: &str = "letters, digits and _";

/// One row per leaf of [`Database`](crate::Database).
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    Key { aliases: &["APP_ENVIRONMENT"], ..row("database.environment", Kind::Word(Environment::WORDS), "development", "Where this runs; some rules are stricter in production") },
    row("database.host", Kind::Text, "localhost", "Host name, address, or the directory of a Unix socket"),
    row("database.port", Kind::Integer, "5432", "Port").bound("1 to 65535"),
    row("database.name", Kind::DatabaseName, "appdb", "The database").bound(NAME),
    row("database.schema", Kind::SchemaName, "public", "The schema of this instance or tenant").bound(NAME),
    row("database.tls.mode", Kind::Word(TlsMode::WORDS), "prefer", "Encryption that is asked of the server").bound("at least require in production, unless the host is this machine"),
    unset("database.tls.root_cert", Kind::Path, "The certificate authority that signed the server's certificate (PEM)"),
    unset("database.tls.cert", Kind::Path, "The client's certificate (PEM)").bound("together with tls.key"),
    unset("database.tls.key", Kind::Path, "The client's key (PEM)").bound("together with tls.cert"),
    row("database.session.application_name", Kind::Text, "howdah", "How the service shows up in pg_stat_activity").bound("1 to 63 bytes"),
    row("database.session.statement_timeout", Kind::Duration, "30s", "A statement that runs longer is cancelled by the server; 0: no limit").bound("0s to 24 days"),
    row("database.session.lock_timeout", Kind::Duration, "5s", "A statement that waits longer for a lock is cancelled; 0: no limit").bound("0s to 24 days"),
    row("database.session.connect_timeout", Kind::Duration, "10s", "How long making a connection may take, with TLS and login").bound("100ms to 300s"),
    row("database.pool.size", Kind::Integer, "20", "Connections that are kept").bound("1 to 100; with extended limits 1 to 1000"),
    row("database.pool.overflow", Kind::Integer, "10", "Connections beyond size that are closed when they come back").bound("0 to 100; with extended limits size and overflow 1000 together"),
    row("database.pool.acquire_timeout", Kind::Duration, "30s", "How long a caller waits for a connection").bound("1s to 300s"),
    row("database.pool.max_lifetime", Kind::Duration, "30m", "A connection older than this is replaced").bound("300s to 7200s; with extended limits 60s to 86400s"),
    row("database.pool.idle_timeout", Kind::Duration, "10m", "A connection unused for this long is closed; the default follows a shorter max_lifetime").bound("1s to 7200s, at most max_lifetime"),
    row("database.pool.limits", Kind::Word(Limits::WORDS), "standard", "Which bounds the numbers of the pool must keep"),
    row("database.roles.owner", Kind::RoleName, "appowner", "Owns the database, the schema and every object in it; cannot log in").bound(NAME),
    row("database.roles.migrator", Kind::RoleName, "appmigrator", "Runs migrations as the owner").bound(NAME),
    row("database.roles.app", Kind::RoleName, "appuser", "The service: reads and writes rows").bound(NAME),
    row("database.roles.read_only", Kind::RoleName, "backupuser", "Backups and reports: reads").bound(NAME),
    unset("database.secrets.migrator.file", Kind::Path, "The file that holds the migrator's password"),
    unset("database.secrets.migrator.env", Kind::VariableName, "The name of the variable that holds the migrator's password").bound(VARIABLE),
    unset("database.secrets.app.file", Kind::Path, "The file that holds the service's password"),
    unset("database.secrets.app.env", Kind::VariableName, "The name of the variable that holds the service's password").bound(VARIABLE),
    unset("database.secrets.read_only.file", Kind::Path, "The file that holds the read-only role's password"),
    unset("database.secrets.read_only.env", Kind::VariableName, "The name of the variable that holds the read-only role's password").bound(VARIABLE),
    row("database.migrations.mode", Kind::Word(MigrationsMode::WORDS), "auto", "What a starting service does about pending migrations; the default is check in production"),
    row("database.migrations.on_failure", Kind::Word(OnFailure::WORDS), "abort", "What a failed migration means for a starting service").bound("abort in production"),
    row("database.migrations.path", Kind::Path, "migrations", "The directory of the migration files, beside the settings file"),
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
}
