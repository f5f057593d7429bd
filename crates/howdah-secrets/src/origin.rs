use std::fmt;
use std::path::PathBuf;

/// Where a secret really came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// This file.
    File(PathBuf),
    /// This environment variable.
    Env(String),
    /// The systemd credential of this name.
    Credential(String),
    /// The output of this program.
    Command(String),
    /// A value in the settings themselves; the text says where it stands.
    Value(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Env(variable) => write!(f, "the environment variable {variable}"),
            Self::Credential(name) => write!(f, "the systemd credential {name}"),
            Self::Command(program) => write!(f, "the command {program}"),
            Self::Value(place) => f.write_str(place),
        }
    }
}
