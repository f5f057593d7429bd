use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::Origin;

/// Why a secret cannot be had. No variant holds a secret or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The reference names no source.
    NoSource,
    /// The file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says, and what to do.
        source: io::Error,
    },
    /// The file may be changed or read by others, belongs to somebody else, or is not a regular file.
    Unsafe {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The content cannot be a password as it stands.
    Content {
        /// Where it came from.
        origin: String,
        /// What is wrong with it, without showing it.
        why: String,
    },
    /// The variable is not set, and no other source is there.
    Unset {
        /// The variable.
        variable: String,
        /// The file that was configured too and is not there.
        missing_file: Option<PathBuf>,
    },
    /// Two sources are named for one secret, or two hold different secrets.
    Ambiguous {
        /// The one.
        first: Origin,
        /// The other.
        second: Origin,
        /// Why that cannot be, and what to do.
        why: &'static str,
    },
    /// A source or a file does not do what it is for: a credential's name, a command, a certificate.
    Unusable {
        /// The source or the file.
        what: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The system has no random bytes.
    Random,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSource => f.write_str(
                "the secret has no source: name a `file`, an `env`, a `credential` or a `command`",
            ),
            Self::File { path, .. } => write!(f, "cannot use the secret file {}", path.display()),
            Self::Unsafe { path, why } => {
                write!(f, "the secret file {} is not safe: {why}", path.display())
            }
            Self::Content { origin, why } => write!(f, "the secret from {origin} {why}"),
            Self::Unset {
                variable,
                missing_file,
            } => {
                if let Some(path) = missing_file {
                    write!(f, "there is no file {} and ", path.display())?;
                }
                write!(f, "the environment variable {variable} is not set")
            }
            Self::Ambiguous { first, second, why } => {
                write!(f, "the secret has two sources, {first} and {second}: {why}")
            }
            Self::Unusable { what, why } => write!(f, "{what} {why}"),
            Self::Random => f.write_str("the operating system gives no random bytes"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl Error {
    /// The message and its cause in one line, where no caller prints the chain.
    pub(crate) fn in_full(&self) -> String {
        match self {
            Self::File { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }

    pub(crate) fn content(origin: &Origin, why: impl Into<String>) -> Self {
        Self::Content {
            origin: origin.to_string(),
            why: why.into(),
        }
    }

    pub(crate) fn file(path: &std::path::Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn not_safe(path: &std::path::Path, why: impl Into<String>) -> Self {
        Self::Unsafe {
            path: path.to_owned(),
            why: why.into(),
        }
    }
}
