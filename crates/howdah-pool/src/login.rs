use std::fmt::Write as _;
use std::time::Duration;

use howdah_config::{Database, Session, Tls, TlsMode};
use howdah_ident::{DatabaseName, RoleName, SchemaName};
use howdah_secrets::Secret;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Who connects to what: everything a connection needs, and nothing from elsewhere.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Login {
    /// Host name, address, or the directory of a Unix socket.
    pub host: String,
    /// Port.
    pub port: u16,
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
        Self {
            host: database.host.clone(),
            port: database.port,
            database: database.name.clone(),
            user,
            password,
            tls: database.tls.clone(),
            session: database.session.clone(),
            schema: Some(database.schema.clone()),
        }
    }

    /// A login on a server of this machine, where TLS adds nothing; with the default session.
    pub fn local(port: u16, database: DatabaseName, user: RoleName, password: Secret) -> Self {
        let mut tls = Tls::default();
        tls.mode = TlsMode::Disable;
        Self {
            host: "127.0.0.1".to_owned(),
            port,
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

    /// The same server, another database, with the server's default search path.
    #[must_use]
    pub fn with_database(mut self, database: DatabaseName) -> Self {
        self.database = database;
        self.schema = None;
        self
    }

    /// Where it goes to, for messages: `role@host:port/database`.
    pub fn target(&self) -> String {
        format!(
            "{}@{}:{}/{}",
            self.user.as_str(),
            self.host,
            self.port,
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
            .host(&self.host)
            .port(self.port)
            .username(self.user.as_str())
            .password(self.password.expose())
            .database(self.database.as_str())
            .application_name(&self.session.application_name)
            .ssl_mode(ssl_mode(self.tls.mode))
            .options(self.session_options());
        self.with_certificates(options)
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
    fn session_options(&self) -> Vec<(&'static str, String)> {
        let mut options = vec![
            (
                "statement_timeout",
                milliseconds(self.session.statement_timeout),
            ),
            ("lock_timeout", milliseconds(self.session.lock_timeout)),
        ];
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
