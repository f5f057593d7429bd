use std::collections::BTreeMap;

use howdah_ident::RoleName;
use howdah_secrets::Secret;

/// The passwords of roles that log in. The password of a role that is not here stays as it is on the server.
#[derive(Debug, Clone, Default)]
pub struct Passwords(BTreeMap<RoleName, Secret>);

impl Passwords {
    /// With the password of another role.
    #[must_use]
    pub fn with(mut self, role: &RoleName, password: Secret) -> Self {
        self.0.insert(role.clone(), password);
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RoleName, &Secret)> {
        self.0.iter()
    }
}
