use super::words::words;

/// Where the service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Environment {
    /// A developer's machine. Secrets may be generated, migrations run by themselves.
    #[default]
    Development,
    /// Automated tests; rules as in development.
    Testing,
    /// TLS is required, secrets are never generated, migrations are checked and not run.
    Production,
}

words!(Environment {
    Development = "development",
    Testing = "testing",
    Production = "production",
});
