use std::fmt;
use std::path::PathBuf;

/// Where a value was given. `Display` is what a person can open or look for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Origin {
    /// Nobody gave one.
    #[default]
    Default,
    /// A settings file. `howdah.yaml:7:9`
    File {
        /// The file, as it was named.
        path: PathBuf,
        /// The line, from 1; 0 means the file as a whole.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// A `.env` file. `.env:3`
    DotEnv {
        /// The file, as it was named.
        path: PathBuf,
        /// The line, from 1; 0 means the file as a whole.
        line: usize,
        /// The variable; empty for the file as a whole.
        variable: String,
    },
    /// A part of the connection URL. `DATABASE_URL (sslmode of the URL)`
    Url {
        /// The part or the parameter.
        part: String,
        /// Where the URL was given.
        url: Box<Self>,
    },
    /// A variable of the process environment. `HOWDAH__DATABASE__POOL__SIZE`
    Env {
        /// Its name.
        variable: String,
    },
    /// An explicit value. `--pool-size`
    Explicit {
        /// The flag, or whatever the caller calls it.
        flag: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line: 0, .. } | Self::DotEnv { path, line: 0, .. } => {
                write!(f, "{}", path.display())
            }
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::DotEnv { path, line, .. } => write!(f, "{}:{line}", path.display()),
            Self::Url { part, url } => write!(f, "{url} ({part} of the URL)"),
            Self::Env { variable } => f.write_str(variable),
            Self::Explicit { flag } => f.write_str(flag),
        }
    }
}
