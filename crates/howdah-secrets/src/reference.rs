use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::read_file::{Rules, read_file};
use crate::{Error, Secret};

/// Where a secret is to be read from: a file, an environment variable, or a file first and then a variable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretRef {
    /// The file. When it is there, it wins; when it is not and `env` is given, the variable is asked.
    pub file: Option<PathBuf>,
    /// The name of the environment variable that holds the secret itself.
    pub env: Option<String>,
}

/// Where a secret really came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// This file.
    File(PathBuf),
    /// This environment variable.
    Env(String),
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

    /// Whether a source is there: an existing file or a variable that is set, whatever it holds.
    pub fn is_present(&self, env: &BTreeMap<String, String>) -> bool {
        self.file.as_deref().is_some_and(Path::exists)
            || self.env.as_ref().is_some_and(|name| env.contains_key(name))
    }

    /// Reads the secret: the file if it is there, else the variable.
    ///
    /// # Errors
    /// [`Error::NoSource`] for an empty reference, [`Error::Unset`] when neither source is there,
    /// and the errors of [`read_file`](crate::read_file). A file that is there but cannot be used is an error, never a
    /// reason to ask the variable.
    pub fn resolve(&self, env: &BTreeMap<String, String>, rules: Rules) -> Result<Resolved, Error> {
        match (&self.file, &self.env) {
            (None, None) => Err(Error::NoSource),
            (Some(file), None) => from_file(file, rules),
            (Some(file), Some(_)) if file.symlink_metadata().is_ok() => from_file(file, rules),
            (missing_file, Some(variable)) => from_env(variable, missing_file.as_deref(), env),
        }
    }
}

fn from_file(file: &Path, rules: Rules) -> Result<Resolved, Error> {
    let (secret, warnings) = read_file(file, rules)?;
    Ok(Resolved {
        secret,
        origin: Origin::File(file.to_owned()),
        warnings,
    })
}

fn from_env(
    variable: &str,
    missing_file: Option<&Path>,
    env: &BTreeMap<String, String>,
) -> Result<Resolved, Error> {
    let text = env.get(variable).ok_or_else(|| Error::Unset {
        variable: variable.to_owned(),
        missing_file: missing_file.map(Path::to_owned),
    })?;
    let content = |why: &str| Error::Content {
        origin: format!("the environment variable {variable}"),
        why: why.to_owned(),
    };
    if text.is_empty() {
        return Err(content("is empty"));
    }
    if text.contains(char::is_control) {
        return Err(content(
            "holds a control character or a second line; a password is one line",
        ));
    }
    Ok(Resolved {
        secret: Secret::new(text.as_str()),
        origin: Origin::Env(variable.to_owned()),
        warnings: path_warning(variable, text),
    })
}

/// A variable that holds a path is most often meant to be the name of the file.
fn path_warning(variable: &str, text: &str) -> Vec<String> {
    if text.starts_with('/') && Path::new(text).is_file() {
        let warning = format!(
            "the environment variable {variable} holds the path of a file; it is taken as the secret itself; \
             name the file as the secret's `file` if that is what is meant"
        );
        return vec![warning];
    }
    Vec::new()
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Env(variable) => write!(f, "the environment variable {variable}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_password_from_the_environment_arrives_byte_for_byte() {
        let reference = SecretRef::default().with_env("PW");
        for password in [
            "12345",
            "true",
            "[abc]",
            "{a=1}",
            "\"q\"",
            " pad ",
            "p@ss#w%rd$",
        ] {
            let resolved = reference
                .resolve(&env(&[("PW", password)]), Rules::Production)
                .unwrap();
            assert_eq!(resolved.secret.expose(), password);
        }
    }

    #[test]
    fn the_file_wins_over_the_variable() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw");
        std::fs::write(&path, "from-file\n").unwrap();
        let reference = SecretRef::default().with_file(&path).with_env("PW");
        let resolved = reference
            .resolve(&env(&[("PW", "from-env")]), Rules::Development)
            .unwrap();
        assert_eq!(resolved.origin, Origin::File(path));
    }

    #[test]
    fn a_missing_file_leaves_the_variable_and_both_missing_names_both() {
        let reference = SecretRef::default().with_file("/nowhere/pw").with_env("PW");
        let resolved = reference
            .resolve(&env(&[("PW", "x")]), Rules::Production)
            .unwrap();
        assert_eq!(resolved.origin, Origin::Env("PW".to_owned()));
        let error = reference
            .resolve(&env(&[]), Rules::Production)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/nowhere/pw") && error.contains("PW"),
            "{error}"
        );
    }

    #[test]
    fn a_variable_that_holds_a_path_is_warned_about() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw");
        std::fs::write(&path, "x").unwrap();
        let reference = SecretRef::default().with_env("PW");
        let resolved = reference
            .resolve(&env(&[("PW", path.to_str().unwrap())]), Rules::Production)
            .unwrap();
        assert_eq!(resolved.warnings.len(), 1);
    }
}
