use std::fmt;

/// Why a text cannot be a name or a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The name is empty (PostgreSQL: SQLSTATE 42601).
    Empty,
    /// The name is longer than 63 bytes; PostgreSQL would cut it with a notice only.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The text holds a NUL byte, which no PostgreSQL text can.
    Nul,
    /// PostgreSQL reserves the name (SQLSTATE 42939), or it names a template database.
    Reserved {
        /// The reserved name.
        name: String,
        /// What it was to name: `role`, `schema` or `database`.
        kind: &'static str,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name must not be empty"),
            Self::TooLong { bytes } => write!(
                f,
                "a name must be at most 63 bytes long, this one has {bytes}"
            ),
            Self::Nul => f.write_str("a NUL byte cannot stand in a name or a text"),
            Self::Reserved { name, kind } => {
                write!(f, "PostgreSQL reserves {name:?}, it cannot name a {kind}")
            }
        }
    }
}

impl std::error::Error for Error {}
