//! The merged texts -> the typed settings.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use howdah_secrets::{Order, Secret, SecretCommand, SecretRef};

use crate::layer::Merged;
use crate::settings::{
    Database, Direct, Environment, Host, Limits, LoadBalanceHosts, Migrations, MigrationsMode,
    OnFailure, Pool, Roles, Secrets, Session, TargetSessionAttrs, Tls, TlsMode,
};
use crate::url::ConnectionUrl;
use crate::{Origin, duration, value};

/// A shorter lifetime is out of its own bounds anyway.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

const MODE: &str = "database.migrations.mode";
const IDLE: &str = "database.pool.idle_timeout";
const LIFETIME: &str = "database.pool.max_lifetime";

/// Settles the defaults that depend on other values, and returns what is worth knowing.
pub(crate) fn settle_defaults(merged: &mut Merged) -> Option<String> {
    let is_production = merged.text("database.environment") == Some("production");
    let asked_for = merged.leaf(MODE).map(|leaf| leaf.origin.clone());
    let asked_for = asked_for.filter(|origin| *origin != Origin::Default);
    if is_production && asked_for.is_none() {
        merged.set_default(MODE, MigrationsMode::Check.to_string());
    }
    settle_idle_timeout(merged);
    let is_auto = merged.text(MODE) == Some(MigrationsMode::Auto.to_string().as_str());
    let origin = asked_for.filter(|_| is_production && is_auto)?;
    Some(format!(
        "{MODE} is auto in production ({origin}): every instance migrates when it starts"
    ))
}

fn settle_idle_timeout(merged: &mut Merged) {
    let is_default = merged
        .leaf(IDLE)
        .is_some_and(|leaf| leaf.origin == Origin::Default);
    let shorter = merged.text(LIFETIME).map(str::to_owned).filter(|text| {
        let lifetime = duration::parse(text).ok();
        lifetime.is_some_and(|lifetime| {
            (SHORTEST_IDLE..Pool::default().idle_timeout).contains(&lifetime)
        })
    });
    if let Some(shorter) = shorter.filter(|_| is_default) {
        merged.set_default(IDLE, shorter);
    }
}

/// The settings; `None` when a value is missing or cannot be used, which is reported elsewhere.
pub(crate) fn assemble(merged: &Merged) -> Option<Database> {
    let from = Reader(merged);
    Some(Database {
        environment: from.word("environment", Environment::from_word)?,
        hosts: from.hosts()?,
        direct: from.direct(),
        target_session_attrs: from.word("target_session_attrs", TargetSessionAttrs::from_word)?,
        load_balance_hosts: from.word("load_balance_hosts", LoadBalanceHosts::from_word)?,
        name: from.parsed("name")?,
        schema: from.parsed("schema")?,
        tls: Tls {
            mode: from.word("tls.mode", TlsMode::from_word)?,
            local_plaintext: value::boolean(&from.text("tls.local_plaintext")?).ok()?,
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
            migrator: from.secret("secrets.migrator")?,
            app: from.secret("secrets.app")?,
            read_only: from.secret("secrets.read_only")?,
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
            options: self.options()?,
        })
    }

    fn pool(&self) -> Option<Pool> {
        Some(Pool {
            size: self.number("pool.size")?,
            overflow: self.number("pool.overflow")?,
            max_idle: match self.optional("pool.max_idle") {
                Some(_) => Some(self.number("pool.max_idle")?),
                None => None,
            },
            acquire_timeout: self.duration("pool.acquire_timeout")?,
            max_lifetime: self.duration("pool.max_lifetime")?,
            idle_timeout: self.duration("pool.idle_timeout")?,
            instances: self.number("pool.instances")?,
            limits: self.word("pool.limits", Limits::from_word)?,
        })
    }

    /// What is wrong with it was told when it was read.
    fn direct(&self) -> Option<Direct> {
        let url = ConnectionUrl::parse(&self.optional("direct_url")?).ok()?;
        Direct::of(&url).ok()
    }

    /// One port for all hosts, or one for each; the same goes for addresses.
    fn hosts(&self) -> Option<Vec<Host>> {
        let names = value::hosts(&self.text("host")?).ok()?;
        let ports = value::ports(&self.text("port")?).ok()?;
        let addresses = self
            .optional("hostaddr")
            .map(|text| value::addresses(&text));
        let addresses = addresses.transpose().ok()?.unwrap_or_default();
        let host = |(index, host): (usize, String)| {
            Some(Host {
                host,
                hostaddr: addresses
                    .get(index)
                    .or(addresses.first())
                    .copied()
                    .flatten(),
                port: *ports.get(index).or(ports.first())?,
            })
        };
        names.into_iter().enumerate().map(host).collect()
    }

    fn options(&self) -> Option<BTreeMap<String, String>> {
        let Some(text) = self.optional("session.options") else {
            return Some(BTreeMap::new());
        };
        Some(value::session_options(&text).ok()?.into_iter().collect())
    }

    fn secret(&self, section: &str) -> Option<SecretRef> {
        let given = |source: &str| self.optional(&format!("{section}.{source}"));
        let mut reference = SecretRef::default();
        if self.text("secrets.order")? == "env,file" {
            reference = reference.with_order(Order::EnvThenFile);
        }
        if let Some(file) = given("file") {
            reference = reference.with_file(file);
        }
        if let Some(variable) = given("env") {
            reference = reference.with_env(variable);
        }
        if let Some(name) = given("credential") {
            reference = reference.with_credential(name);
        }
        if let Some(text) = given("command") {
            let timeout = self.duration("secrets.command_timeout")?;
            reference =
                reference.with_command(SecretCommand::new(value::argv(&text).ok()?, timeout));
        }
        if let Some(text) = given("value") {
            let path = format!("database.{section}.value");
            let origin = self.0.leaf(&path).map(|leaf| leaf.origin.to_string());
            reference = reference.with_value(Secret::new(text), origin.unwrap_or_default());
        }
        Some(reference)
    }

    /// The text of a key that is set, and not to nothing.
    fn optional(&self, path: &str) -> Option<String> {
        self.text(path).filter(|text| !text.is_empty())
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
        self.optional(path).map(PathBuf::from)
    }
}
