use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{Error, Order, Origin, Rules, Secret, SecretCommand, sources};

/// Where a secret is to be read from.
///
/// One source, or a file and a variable of which the one that is there counts, asked in `order`. A `value` may stand
/// beside those two and holds while neither is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretRef {
    /// The file.
    pub file: Option<PathBuf>,
    /// The name of the environment variable that holds the secret itself. While it is not set, the same name with
    /// `_FILE` at its end may name the file.
    pub env: Option<String>,
    /// Which of `file` and `env` is asked first.
    pub order: Order,
    /// The name of a systemd credential: a file in `$CREDENTIALS_DIRECTORY`.
    pub credential: Option<String>,
    /// A program that prints the secret.
    pub command: Option<SecretCommand>,
    /// The secret itself, for development and testing.
    pub value: Option<InlineSecret>,
}

/// A secret that stands in the settings themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InlineSecret {
    /// The secret.
    pub secret: Secret,
    /// Where it stands, for messages: "the password in the URL (.env:2)".
    pub origin: String,
}

/// A secret with its origin.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Resolved {
    /// The secret.
    pub secret: Secret,
    /// Where it came from.
    pub origin: Origin,
    /// What is allowed but not good, a sentence each.
    pub warnings: Vec<String>,
}

impl SecretRef {
    /// With this file.
    #[must_use]
    pub fn with_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// With this environment variable.
    #[must_use]
    pub fn with_env(mut self, variable: impl Into<String>) -> Self {
        self.env = Some(variable.into());
        self
    }

    /// With `file` and `env` asked in this order.
    #[must_use]
    pub fn with_order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// With this systemd credential.
    #[must_use]
    pub fn with_credential(mut self, name: impl Into<String>) -> Self {
        self.credential = Some(name.into());
        self
    }

    /// With this command.
    #[must_use]
    pub fn with_command(mut self, command: SecretCommand) -> Self {
        self.command = Some(command);
        self
    }

    /// With the secret itself; `origin` says where it stands, and never what it is.
    #[must_use]
    pub fn with_value(mut self, secret: Secret, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        self.value = Some(InlineSecret { secret, origin });
        self
    }

    /// Whether a source is there: a file that exists or cannot be looked at, a variable that is set, whatever it holds,
    /// a credential that is there or can be no one's, a command or a value.
    pub fn is_present(&self, env: &BTreeMap<String, String>) -> bool {
        sources::is_present(self, env)
    }

    /// Reads the secret.
    ///
    /// A source that is there but cannot be used is an error, never a reason to ask the next one.
    ///
    /// # Errors
    /// [`Error::NoSource`] for an empty reference; [`Error::Ambiguous`] when it names two sources that do not go
    /// together, when a variable and its `_FILE` are both set, or when `value` differs from what a file or variable
    /// holds; [`Error::Unset`] when neither file nor variable is there; [`Error::Unusable`] for a credential, a command,
    /// a variable or a value that cannot be taken; and the errors of [`read_file`](crate::read_file).
    pub fn resolve(&self, env: &BTreeMap<String, String>, rules: Rules) -> Result<Resolved, Error> {
        sources::resolve(self, env, rules)
    }
}
