use std::fmt;

use crate::{Ident, SchemaName};

/// A name inside a schema: a table, a sequence, a function. `Display` quotes both parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Qualified {
    /// The schema.
    pub schema: SchemaName,
    /// The object in it.
    pub name: Ident,
}

impl Qualified {
    /// `schema.name`.
    pub fn new(schema: SchemaName, name: Ident) -> Self {
        Self { schema, name }
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_are_quoted() {
        let table = Qualified::new("app".parse().unwrap(), "Users".parse().unwrap());
        assert_eq!(table.to_string(), r#""app"."Users""#);
    }
}
