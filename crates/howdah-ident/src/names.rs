use std::fmt;
use std::str::FromStr;

use crate::{Error, Ident};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $reserved:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Ident);

        impl $type {
            /// Checks `name`.
            ///
            /// # Errors
            /// Those of [`Ident::new`], and [`Error::Reserved`].
            pub fn new(name: impl Into<String>) -> Result<Self, Error> {
                let ident = Ident::new(name)?;
                let reserved: fn(&str) -> bool = $reserved;
                if reserved(ident.as_str()) {
                    return Err(Error::Reserved { name: ident.as_str().to_owned(), kind: $kind });
                }
                Ok(Self(ident))
            }

            /// The name as it stands in the catalog, without quotes.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The name as a plain identifier.
            pub fn ident(&self) -> &Ident {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $type {
            type Err = Error;

            fn from_str(name: &str) -> Result<Self, Error> {
                Self::new(name)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
    };
}

name!(
    /// The name of a role: not `pg_*`, `public` or `none`.
    RoleName,
    "role",
    |name| name.starts_with("pg_") || name == "public" || name == "none"
);

name!(
    /// The name of a schema: not `pg_*` or `information_schema`.
    SchemaName,
    "schema",
    |name| name.starts_with("pg_") || name == "information_schema"
);

name!(
    /// The name of a database: not one of the templates.
    DatabaseName,
    "database",
    |name| name == "template0" || name == "template1"
);

impl DatabaseName {
    /// `template1`, which every new database is a copy of: nobody's to work in, and administrators connect to it to clean
    /// up.
    pub fn template1() -> Self {
        Self(Ident::fixed("template1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_role_names_are_refused() {
        for name in ["pg_monitor", "public", "none"] {
            assert!(matches!(
                RoleName::new(name),
                Err(Error::Reserved { kind: "role", .. })
            ));
        }
        assert!(RoleName::new("app-user").is_ok());
    }

    #[test]
    fn reserved_schema_names_are_refused() {
        for name in ["pg_temp", "information_schema"] {
            assert!(matches!(
                SchemaName::new(name),
                Err(Error::Reserved { kind: "schema", .. })
            ));
        }
        assert!(SchemaName::new("public").is_ok());
    }

    #[test]
    fn template_databases_are_refused() {
        assert!(DatabaseName::new("template1").is_err());
        assert!(DatabaseName::new("postgres").is_ok());
        assert_eq!(DatabaseName::template1().as_str(), "template1");
    }
}
