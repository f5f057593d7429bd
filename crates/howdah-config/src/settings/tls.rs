use std::path::PathBuf;

use super::words::words;

/// The section `database.tls`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Tls {
    /// How much is asked of the server. Default `prefer`; production: at least `require`.
    pub mode: TlsMode,
    /// Whether production may do without TLS to this machine's own addresses. Default no; a Unix socket may always.
    pub local_plaintext: bool,
    /// The certificate authority that signed the server's certificate (PEM).
    pub root_cert: Option<PathBuf>,
    /// The client's certificate (PEM).
    pub cert: Option<PathBuf>,
    /// The client's key (PEM).
    pub key: Option<PathBuf>,
}

/// libpq's `sslmode`.
/// <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum TlsMode {
    /// Never TLS.
    Disable,
    /// Plaintext, TLS only if the server insists.
    Allow,
    /// TLS if the server offers it.
    #[default]
    Prefer,
    /// TLS, without checking who answers.
    Require,
    /// TLS, with a certificate from a known authority.
    VerifyCa,
    /// TLS, with a certificate from a known authority that names this host.
    VerifyFull,
}

words!(TlsMode {
    Disable = "disable",
    Allow = "allow",
    Prefer = "prefer",
    Require = "require",
    VerifyCa = "verify-ca",
    VerifyFull = "verify-full",
});
