mod array_cast;
mod column_reference;
mod diff;
mod difference;
mod fingerprint;
mod object;
mod query;
mod read;
mod rename;
mod resolve;
mod spell;

use std::collections::BTreeMap;

use howdah_ident::SchemaName;
use sqlx::PgConnection;

pub use difference::{Change, Difference};
pub use fingerprint::Fingerprint;
use object::Object;
pub use object::{ObjectKind, ObjectName};

use crate::{Error, LedgerName};

/// Everything in one schema that a migration can make, as a value.
///
/// Two databases that ran the same migrations give equal values, whatever else happened on their servers: there
/// are no OIDs in it, nothing about rows, and neither the name of the schema nor that of the role that owns it,
/// so that `tenant_a` can be compared with `tenant_b`. That role is the owner of the ledger. If there is no ledger,
/// it is the owner of the schema, or of most of what is in it if the schema is `public` as the server made it: that
/// belongs to `pg_database_owner`, and before PostgreSQL 15 to the first superuser. Ledgers themselves are left
/// out, and so are the members of an extension, which its version stands for.
///
/// Not in it: tablespaces, large objects, text search configurations, operator classes, publications, default
/// privileges of the whole database, and security labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    objects: BTreeMap<ObjectName, Object>,
}

impl Catalog {
    /// Reads the schema, in a number of queries that does not grow with it.
    ///
    /// It needs no right on any object, writes nothing, and works under `default_transaction_read_only`.
    /// It reads in a repeatable-read transaction of its own, or in the one that the connection is in, whose
    /// settings are as before afterwards. If this future is dropped before its end, close the connection.
    /// A schema that does not exist gives an empty value. The server spells definitions as of now, whatever the
    /// transaction sees: read while no migration runs.
    ///
    /// # Errors
    /// [`Error::Database`], for example if a table is dropped at the same moment, or if its lock is held for
    /// longer than the session's timeouts allow.
    pub async fn read(conn: &mut PgConnection, schema: &SchemaName) -> Result<Self, Error> {
        Self::read_beside(conn, schema, &LedgerName::default()).await
    }

    /// The same where the ledger has another name: it is no part of the schema.
    ///
    /// # Errors
    /// As [`Catalog::read`].
    pub async fn read_beside(
        conn: &mut PgConnection,
        schema: &SchemaName,
        ledger: &LedgerName,
    ) -> Result<Self, Error> {
        let objects = read::read(conn, schema, ledger).await?;
        Ok(Self { objects })
    }

    /// Without grants and default privileges, for a schema whose rights are given by another tool than the
    /// migrations.
    #[must_use]
    pub fn without_privileges(mut self) -> Self {
        self.objects
            .retain(|name, _| name.kind != ObjectKind::DefaultPrivileges);
        for object in self.objects.values_mut() {
            object.privileges.clear();
        }
        self
    }

    /// The names of everything in it, each table followed by what belongs to it.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &ObjectName> {
        self.objects.keys()
    }

    /// A short name of this state: equal for equal values.
    ///
    /// Another major version of PostgreSQL spells some definitions in another way, so compare only what the
    /// same major version has read.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.objects)
    }

    /// What is different in `found`, if this is what is expected: nothing if both are equal.
    ///
    /// One change gives one difference: those that follow from another one are not told. A dropped table is one,
    /// without its columns, indexes and constraints.
    pub fn diff(&self, found: &Self) -> Vec<Difference> {
        diff::diff(&self.objects, &found.objects)
    }
}
