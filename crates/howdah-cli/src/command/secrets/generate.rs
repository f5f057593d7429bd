use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

#[cfg(feature = "certificates")]
use howdah_secrets::Certificates;
use howdah_secrets::{Error as SecretsError, Existing, SecretDir, Written};
use serde_json::{Value, json};

use crate::args::{Common, GenerateArgs};
use crate::{Error, Exit, Output, clock, secret_files};

/// `howdah secrets generate`
pub(super) fn generate(
    args: &GenerateArgs,
    common: &Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    let default = || secret_files::directory(common.config.as_deref());
    let directory = args.dir.clone().unwrap_or_else(default);
    let existing = if args.force {
        Existing::Replace
    } else {
        Existing::Keep
    };
    let mut done = Done::default();
    done.add(passwords(args, &directory, existing).map_err(failed)?);
    #[cfg(feature = "certificates")]
    if args.certificates {
        done.add(certificates(args, &directory, existing).map_err(failed)?);
    }
    if !SecretDir::open(&directory).map_err(failed)?.is_ignored() {
        output.note(format_args!(
            "{} was there before, and no `.gitignore` of its own hides it: tell version control to ignore it",
            directory.display()
        ));
    }
    if done.replaced.iter().any(|file| is_of_a_role(file)) {
        output.note(
            "the servers have the old passwords until `db-up` runs, or the roles are altered",
        );
    }
    output
        .result(&done, &done.json())
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn passwords(
    args: &GenerateArgs,
    directory: &Path,
    existing: Existing,
) -> Result<Written, SecretsError> {
    let names = args.names.iter().map(String::as_str);
    let mut names: Vec<&str> = names.map(secret_files::file_name).collect();
    if names.is_empty() {
        names.extend(secret_files::KEYS.map(secret_files::file_name));
    }
    SecretDir::open(directory)?.generate(&names, existing, clock::now())
}

#[cfg(feature = "certificates")]
fn certificates(
    args: &GenerateArgs,
    directory: &Path,
    existing: Existing,
) -> Result<Written, SecretsError> {
    let hosts: Vec<&str> = args.host.iter().map(String::as_str).collect();
    Certificates::open(directory)?.generate(&hosts, existing, clock::now())
}

/// A name that is none is a mistake in the command.
fn failed(error: SecretsError) -> Error {
    if matches!(error, SecretsError::Unusable { .. }) {
        return Error::Usage(error.to_string());
    }
    Error::step("making the secrets")(error)
}

fn is_of_a_role(file: &Path) -> bool {
    let name = file.file_name();
    secret_files::KEYS
        .iter()
        .any(|key| name.is_some_and(|name| name == secret_files::file_name(key)))
}

/// What was done to which file; never what is in it.
#[derive(Default)]
struct Done {
    made: Vec<PathBuf>,
    kept: Vec<PathBuf>,
    replaced: Vec<PathBuf>,
    backups: BTreeSet<PathBuf>,
}

impl Done {
    fn add(&mut self, written: Written) {
        self.made.extend(written.made);
        self.kept.extend(written.kept);
        self.replaced.extend(written.replaced);
        self.backups.extend(written.backup);
    }

    fn json(&self) -> Value {
        json!({
            "made": self.made,
            "kept": self.kept,
            "replaced": self.replaced,
            "backups": self.backups,
        })
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, files) in [
            ("made", &self.made),
            ("kept", &self.kept),
            ("replaced", &self.replaced),
        ] {
            for file in files {
                writeln!(f, "{what:8}  {}", file.display())?;
            }
        }
        self.backups
            .iter()
            .try_for_each(|backup| writeln!(f, "backup    {}", backup.display()))
    }
}
