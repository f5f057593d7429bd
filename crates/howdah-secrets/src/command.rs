use std::fmt;
use std::time::Duration;

use crate::{Error, Origin, Resolved, Rules, content};

#[cfg(unix)]
mod run;

/// A program that prints a secret: an argument list without a shell, and a deadline.
///
/// It inherits this process's environment and working directory, so that the helpers of password stores find their
/// configuration. Its input is empty and its error output is thrown away, because that may hold the secret too. It runs
/// in a process group of its own, which is killed at the deadline.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretCommand {
    /// The program, looked up in `PATH` if it has no slash, and its arguments.
    pub argv: Vec<String>,
    /// When it is killed.
    pub timeout: Duration,
}

impl SecretCommand {
    /// This program with these arguments, killed after `timeout`.
    pub fn new(argv: impl IntoIterator<Item = impl Into<String>>, timeout: Duration) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            timeout,
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::Command(self.program().to_owned())
    }

    pub(crate) fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    pub(crate) fn resolve(&self, rules: Rules) -> Result<Resolved, Error> {
        let origin = self.origin();
        let output = self.output().map_err(|why| Error::Unusable {
            what: origin.to_string(),
            why,
        })?;
        let mut warnings = Vec::new();
        let secret = content::from_bytes(&output, &origin, rules, &mut warnings)?;
        Ok(Resolved {
            secret,
            origin,
            warnings,
        })
    }

    #[cfg(unix)]
    fn output(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        run::run(self)
    }

    #[cfg(not(unix))]
    fn output(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        Err("cannot be run on this system; use a file or an environment variable".to_owned())
    }
}

impl fmt::Debug for SecretCommand {
    /// Without the arguments, which may hold a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretCommand")
            .field("program", &self.program())
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
