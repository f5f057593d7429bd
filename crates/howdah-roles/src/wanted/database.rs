use std::collections::BTreeMap;
use std::fmt;

use howdah_ident::Ident;

use super::Access;

/// One schema, or all whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) name: SchemaName,
    pub(crate) owner: Ident,
    /// By role.
    pub(crate) access: BTreeMap<Ident, Access>,
}

/// Which schemas are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SchemaName {
    /// This one, which is made if it is not there.
    Exact(Ident),
    /// Those whose names begin so. They are made by others, and usable at once: the default privileges of their owner
    /// hold everywhere.
    Prefix(String),
}

impl SchemaName {
    pub(crate) fn exact(&self) -> Option<&Ident> {
        match self {
            Self::Exact(name) => Some(name),
            Self::Prefix(_) => None,
        }
    }

    pub(crate) fn matches(&self, name: &Ident) -> bool {
        match self {
            Self::Exact(own) => own == name,
            Self::Prefix(prefix) => name.as_str().starts_with(prefix),
        }
    }

    /// The heavier one governs.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Exact(_) => usize::MAX,
            Self::Prefix(prefix) => prefix.len(),
        }
    }
}

/// As a manifest has it.
impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(name) => f.write_str(name.as_str()),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
        }
    }
}
