use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a secret cannot be had. No variant holds a secret or a part of one.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The reference names neither a file nor a variable.
    NoSource,
    /// The file cannot be read or written.
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file may be read or changed by others, or is not a regular file.
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
    /// The variable is not set, and no other source is configured.
    Unset {
        /// The variable.
        variable: String,
        /// The file that was configured too and is not there.
        missing_file: Option<PathBuf>,
    },
    /// The system has no random bytes.
    Random,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSource => f.write_str("the secret has no source: name a `file` or an `env`"),
            Self::File { path, .. } => write!(f, "cannot use the secret file {}", path.display()),
            Self::Unsafe { path, why } => {
                write!(f, "the secret file {} is not safe: {why}", path.display())
            }
            Self::Content { origin, why } => write!(f, "the secret from {origin} {why}"),
            Self::Unset {
                variable,
                missing_file: None,
            } => write!(f, "the environment variable {variable} is not set"),
            Self::Unset {
                variable,
                missing_file: Some(path),
            } => write!(
                f,
                "there is no file {} and the environment variable {variable} is not set",
                path.display()
            ),
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
