//! The merged texts -> the typed settings.

use std::path::PathBuf;
use std::time::Duration;

use howdah_secrets::SecretRef;

use crate::layer::Merged;
use crate::settings::{
    Database, Environment, Limits, Migrations, MigrationsMode, OnFailure, Pool, Roles, Secrets,
    Session, Tls, TlsMode,
};
use crate::{Origin, duration, value};

/// A shorter lifetime is out of its own bounds anyway.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

/// Defaults that depend on other values.
pub(crate) fn settle_defaults(merged: &mut Merged) {
    let is_default = |merged: &Merged, path| {
        let leaf = merged.leaf(path);
        leaf.is_some_and(|leaf| leaf.origin == Origin::Default)
    };
    let mode = "database.migrations.mode";
    let environment = merged.text("database.environment");
    if environment == Some("production") && is_default(merged, mode) {
        merged.set_default(mode, MigrationsMode::Check.to_string());
    }
    let idle = "database.pool.idle_timeout";
    if is_default(merged, idle) {
        let lifetime = "database.pool.max_lifetime";
        let shorter = merged.text(lifetime).map(str::to_owned).filter(|text| {
            let lifetime = duration::parse(text).ok();
            lifetime.is_some_and(|lifetime| {
                (SHORTEST_IDLE..Pool::default().idle_timeout).contains(&lifetime)
            })
        });
        if let Some(shorter) = shorter {
            merged.set_default(idle, shorter);
        }
    }
}

/// The settings; `None` when a value is missing or cannot be used, which is reported elsewhere.
pub(crate) fn assemble(merged: &Merged) -> Option<Database> {
    let from = Reader(merged);
    Some(Database {
        environment: from.word("environment", Environment::from_word)?,
        host: from.text("host")?,
        port: from.number("port")?,
        name: from.parsed("name")?,
        schema: from.parsed("schema")?,
        tls: Tls {
            mode: from.word("tls.mode", TlsMode::from_word)?,
            root_cert: from.optional_path("tls.root_cert"),
            cert: from.optional_path("tls.cert"),
            key: from.optional_path("tls.key"),
        },
        session: from.session()?,
        pool: from.pool()?,
        roles: Roles {
            owner: from.parsed("roles.owner")?,
            migrator: from.parsed("roles.migrator")?,
            app: from.parsed("roles.app")?,
            read_only: from.parsed("roles.read_only")?,
        },
        secrets: Secrets {
            migrator: from.secret("secrets.migrator"),
            app: from.secret("secrets.app"),
            read_only: from.secret("secrets.read_only"),
        },
        migrations: Migrations {
            mode: from.word("migrations.mode", MigrationsMode::from_word)?,
            on_failure: from.word("migrations.on_failure", OnFailure::from_word)?,
            path: from.text("migrations.path").map(PathBuf::from)?,
        },
    })
}

/// Reads keys below `database.`
struct Reader<'a>(&'a Merged);

impl Reader<'_> {
    fn session(&self) -> Option<Session> {
        Some(Session {
            application_name: self.text("session.application_name")?,
            statement_timeout: self.duration("session.statement_timeout")?,
            lock_timeout: self.duration("session.lock_timeout")?,
            connect_timeout: self.duration("session.connect_timeout")?,
        })
    }

    fn pool(&self) -> Option<Pool> {
        Some(Pool {
            size: self.number("pool.size")?,
            overflow: self.number("pool.overflow")?,
            acquire_timeout: self.duration("pool.acquire_timeout")?,
            max_lifetime: self.duration("pool.max_lifetime")?,
            idle_timeout: self.duration("pool.idle_timeout")?,
            limits: self.word("pool.limits", Limits::from_word)?,
        })
    }

    fn secret(&self, section: &str) -> SecretRef {
        let mut reference = SecretRef::default();
        if let Some(file) = self.optional_path(&format!("{section}.file")) {
            reference = reference.with_file(file);
        }
        let variable = self.text(&format!("{section}.env"));
        if let Some(variable) = variable.filter(|name| !name.is_empty()) {
            reference = reference.with_env(variable);
        }
        reference
    }

    fn text(&self, path: &str) -> Option<String> {
        self.0.text(&format!("database.{path}")).map(str::to_owned)
    }

    fn number<T: TryFrom<u64>>(&self, path: &str) -> Option<T> {
        T::try_from(value::integer(&self.text(path)?).ok()?).ok()
    }

    fn duration(&self, path: &str) -> Option<Duration> {
        duration::parse(&self.text(path)?).ok()
    }

    fn word<T>(&self, path: &str, from_word: impl Fn(&str) -> Option<T>) -> Option<T> {
        from_word(&self.text(path)?)
    }

    fn parsed<T: std::str::FromStr>(&self, path: &str) -> Option<T> {
        self.text(path)?.parse().ok()
    }

    fn optional_path(&self, path: &str) -> Option<PathBuf> {
        self.text(path)
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    }
}
