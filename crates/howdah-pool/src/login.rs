use std::fmt::Write as _;
use std::time::Duration;

use howdah_config::{Database, Host, Session, TargetSessionAttrs, Tls, TlsMode};
use howdah_ident::{DatabaseName, RoleName, SchemaName};
use howdah_secrets::Secret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::Error;
use crate::connect::check_supported;

/// `NAMEDATALEN` less one: <https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-APPLICATION-NAME>
const NAME_LENGTH: usize = 63;

/// Who connects to what: everything a connection needs, and nothing from elsewhere.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// The server.
    pub host: Host,
    /// The other servers of the settings. [`connect`](crate::connect) refuses a login that has any.
    pub other_hosts: Vec<Host>,
    /// Which of several servers will do; anything but `any` is refused, too.
    pub target_session_attrs: TargetSessionAttrs,
    /// Database.
    pub database: DatabaseName,
    /// Role.
    pub user: RoleName,
    /// Its password.
    pub password: Secret,
    /// Encryption.
    pub tls: Tls,
    /// Application name and time limits.
    pub session: Session,
    /// The one schema on the search path; `None` leaves the server's default.
    pub schema: Option<SchemaName>,
}

impl Login {
    /// The login of `user` by these settings.
    pub fn new(database: &Database, user: RoleName, password: Secret) -> Self {
        let mut hosts = database.hosts.iter().cloned();
        Self {
            host: hosts.next().unwrap_or_else(|| Host::new("localhost", 5432)),
            other_hosts: hosts.collect(),
            target_session_attrs: database.target_session_attrs,
            database: database.name.clone(),
            user,
            password,
            tls: database.tls.clone(),
            session: database.session.clone(),
            schema: Some(database.schema.clone()),
        }
    }

    /// The same past a pooler, where the settings know the way (`database.direct_url`), else [`Login::new`]. A user and
    /// a password that the URL names are the login's.
    pub fn direct(database: &Database, user: RoleName, password: Secret) -> Self {
        let login = Self::new(database, user, password);
        let Some(direct) = &database.direct else {
            return login;
        };
        let mut hosts = direct.hosts.iter().cloned();
        Self {
            host: hosts.next().unwrap_or(login.host),
            other_hosts: hosts.collect(),
            database: direct.name.clone().unwrap_or(login.database),
            user: direct.user.clone().unwrap_or(login.user),
            password: direct.password.clone().unwrap_or(login.password),
            tls: direct.tls(&database.tls),
            target_session_attrs: TargetSessionAttrs::Any,
            ..login
        }
    }

    /// A login on a server of this machine, where TLS adds nothing; with the default session.
    pub fn local(port: u16, database: DatabaseName, user: RoleName, password: Secret) -> Self {
        let mut tls = Tls::default();
        tls.mode = TlsMode::Disable;
        Self {
            host: Host::new("127.0.0.1", port),
            other_hosts: Vec::new(),
            target_session_attrs: TargetSessionAttrs::Any,
            database,
            user,
            password,
            tls,
            session: Session::default(),
            schema: None,
        }
    }

    /// The same server, as somebody else.
    #[must_use]
    pub fn with_user(mut self, user: RoleName, password: Secret) -> Self {
        self.user = user;
        self.password = password;
        self
    }

    /// Which generation of its credentials a session uses stands in its application name, for whoever waits for the old
    /// ones to go. The server cuts the name off at 63 bytes, so a long one gives way.
    pub(crate) fn mark_generation(&mut self, generation: u64) {
        let mark = format!(" gen={generation}");
        let room = NAME_LENGTH.saturating_sub(mark.len());
        let name = &self.session.application_name;
        let kept = name.get(..name.floor_char_boundary(room)).unwrap_or(name);
        self.session.application_name = format!("{kept}{mark}");
    }

    /// The same server, another database, with the server's default search path.
    #[must_use]
    pub fn with_database(mut self, database: DatabaseName) -> Self {
        self.database = database;
        self.schema = None;
        self
    }

    /// Whether the driver can do what the settings ask for. [`connect`](crate::connect) asks first; a program that
    /// checks its settings can ask earlier.
    ///
    /// # Errors
    /// [`Error::TlsNotCompiled`] or [`Error::Unsupported`].
    pub fn check(&self) -> Result<(), Error> {
        check_supported(self)
    }

    /// Where it goes to, for messages: `role@host:port/database`.
    pub fn target(&self) -> String {
        self.target_as(&self.user)
    }

    /// The same as somebody else.
    pub(crate) fn target_as(&self, user: &RoleName) -> String {
        format!(
            "{}@{}:{}/{}",
            user.as_str(),
            self.host.host,
            self.host.port,
            self.database.as_str()
        )
    }

    /// The driver's options. They print the password in `{:?}`: they live as short as possible and stay in this crate.
    pub(crate) fn options(&self) -> PgConnectOptions {
        let fresh = PgConnectOptions::new_without_pgpass();
        if fresh.get_options().is_some() {
            tracing::warn!("PGOPTIONS is set and reaches the server; the settings win over it");
        }
        let options = fresh
            .host(&self.address())
            .port(self.host.port)
            .username(self.user.as_str())
            .password(self.password.expose())
            .database(self.database.as_str())
            .application_name(&self.session.application_name)
            .ssl_mode(ssl_mode(self.tls.mode))
            .options(self.session_options());
        self.with_certificates(options)
    }

    /// What is connected to: the address, where the settings give one.
    fn address(&self) -> String {
        match self.host.hostaddr {
            Some(address) => address.to_string(),
            None => self.host.host.clone(),
        }
    }

    fn with_certificates(&self, mut options: PgConnectOptions) -> PgConnectOptions {
        if let Some(root) = &self.tls.root_cert {
            options = options.ssl_root_cert(root);
        }
        if let (Some(cert), Some(key)) = (&self.tls.cert, &self.tls.key) {
            options = options.ssl_client_cert(cert).ssl_client_key(key);
        }
        options
    }

    /// Start-up parameters, so that they hold from the first statement on and survive `reset all`.
    fn session_options(&self) -> Vec<(&str, String)> {
        let mut options = vec![
            (
                "statement_timeout",
                milliseconds(self.session.statement_timeout),
            ),
            ("lock_timeout", milliseconds(self.session.lock_timeout)),
        ];
        for (name, value) in &self.session.options {
            options.push((name, value.clone()));
        }
        if let Some(schema) = &self.schema {
            options.push(("search_path", schema.to_string()));
        }
        options
    }
}

fn milliseconds(duration: Duration) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _infallible = write!(text, "{}ms", duration.as_millis());
    text
}

fn ssl_mode(mode: TlsMode) -> PgSslMode {
    match mode {
        TlsMode::Disable => PgSslMode::Disable,
        TlsMode::Allow => PgSslMode::Allow,
        TlsMode::Prefer => PgSslMode::Prefer,
        TlsMode::Require => PgSslMode::Require,
        TlsMode::VerifyCa => PgSslMode::VerifyCa,
        TlsMode::VerifyFull => PgSslMode::VerifyFull,
    }
}
