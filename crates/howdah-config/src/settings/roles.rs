use howdah_ident::RoleName;

/// The section `database.roles`: the names of the roles.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Roles {
    /// Owns the database, the schema and every object in it; cannot log in. Default `appowner`.
    pub owner: RoleName,
    /// Runs migrations as the owner. Default `appmigrator`.
    pub migrator: RoleName,
    /// The service: reads and writes rows. Default `appuser`.
    pub app: RoleName,
    /// Backups and reports: reads. Default `backupuser`.
    pub read_only: RoleName,
}

impl Default for Roles {
    #[expect(clippy::expect_used, reason = "four constants, checked by a test")]
    fn default() -> Self {
        let role = |name: &str| RoleName::new(name).expect("a valid role name");
        Self {
            owner: role("appowner"),
            migrator: role("appmigrator"),
            app: role("appuser"),
            read_only: role("backupuser"),
        }
    }
}
