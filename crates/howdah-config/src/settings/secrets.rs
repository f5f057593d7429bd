use howdah_secrets::SecretRef;

/// The section `database.secrets`: where the passwords of the login roles are read from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Secrets {
    /// The migrator's.
    pub migrator: SecretRef,
    /// The service's.
    pub app: SecretRef,
    /// The read-only role's.
    pub read_only: SecretRef,
}
