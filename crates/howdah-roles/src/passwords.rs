use howdah_ident::RoleName;
use howdah_secrets::Secret;

use crate::Layout;

/// The passwords of the three roles that log in. `None` leaves a password as it is on the server.
#[derive(Debug, Clone, Default)]
pub struct Passwords {
    /// The migrator's.
    pub migrator: Option<Secret>,
    /// The service's.
    pub app: Option<Secret>,
    /// The read-only role's.
    pub read_only: Option<Secret>,
}

impl Passwords {
    /// Each login role with its password, if it has one here.
    pub(crate) fn of<'a>(&'a self, layout: &'a Layout) -> [(&'a RoleName, Option<&'a Secret>); 3] {
        [
            (layout.migrator(), self.migrator.as_ref()),
            (layout.app(), self.app.as_ref()),
            (layout.read_only(), self.read_only.as_ref()),
        ]
    }
}
