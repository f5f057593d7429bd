use howdah_ident::Ident;
use sqlx::postgres::PgConnection;

use crate::catalog::{Catalog, Extent, Roles};
use crate::difference::Difference;
use crate::wanted::Wanted;
use crate::{Error, Mode, Passwords, diff};

/// What a plan is made of, so that it can be made again: a change that had no effect is found that way.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) wanted: Wanted,
    pub(crate) passwords: Passwords,
    pub(crate) mode: Mode,
    pub(crate) extent: Extent,
}

impl Origin {
    /// Reads the server, in a snapshot of its own.
    pub(crate) async fn read(&self, connection: &mut PgConnection) -> Result<Catalog, Error> {
        let catalog = Catalog::read(connection, self.extent, &self.roles()).await?;
        self.check_database(&catalog)?;
        Ok(catalog)
    }

    /// Reads the server inside of a transaction.
    pub(crate) async fn read_in(&self, connection: &mut PgConnection) -> Result<Catalog, Error> {
        Catalog::read_in(connection, self.extent, &self.roles()).await
    }

    /// Compares; nothing is read or written.
    pub(crate) fn compare(&self, catalog: &Catalog) -> Result<Difference, Error> {
        match self.extent {
            Extent::Server => diff::server(&self.wanted, catalog, &self.passwords, self.mode),
            Extent::Database => Ok(diff::database(&self.wanted, catalog, self.mode)),
        }
    }

    /// As it is to be compared after a change. Whether a password was stored is only seen by those who may read what
    /// is stored; for the others it is done when the statement has succeeded.
    pub(crate) fn afterwards(&self, catalog: &Catalog) -> Self {
        let mut origin = self.clone();
        if !catalog.executor.reads_verifiers {
            origin.passwords = Passwords::default();
        }
        origin
    }

    fn roles(&self) -> Roles {
        let names = |roles: &mut dyn Iterator<Item = &Ident>| {
            roles.map(|role| role.as_str().to_owned()).collect()
        };
        let roles = self.wanted.roles.iter();
        let without_login = roles
            .filter(|(_, role)| self.extent == Extent::Server && !role.login)
            .map(|(name, _)| name);
        Roles {
            verifiers: match self.extent {
                Extent::Server => names(&mut self.wanted.roles.keys()),
                Extent::Database => Vec::new(),
            },
            leaving: names(&mut self.wanted.removed.keys()),
            sessions: names(&mut self.wanted.removed.keys().chain(without_login)),
        }
    }

    fn check_database(&self, catalog: &Catalog) -> Result<(), Error> {
        let connected = &catalog.executor.database;
        // A role that is to go can have left something anywhere.
        let any = self.extent == Extent::Server || !self.wanted.removed.is_empty();
        if any || self.wanted.databases.contains_key(connected) {
            return Ok(());
        }
        let declared: Vec<&str> = self.wanted.databases.keys().map(Ident::as_str).collect();
        Err(Error::Layout {
            why: format!(
                "this connection is to database {:?}, and only {} is declared",
                connected.as_str(),
                declared.join(", ")
            ),
        })
    }
}
