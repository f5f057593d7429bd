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
    check_names(args).map_err(failed)?;
    let directory = SecretDir::open(directory).map_err(failed)?;
    let mut done = Done::default();
    let names = names(args);
    done.add(
        directory
            .generate(&names, existing, clock::now())
            .map_err(failed)?,
    );
    #[cfg(feature = "certificates")]
    if args.certificates {
        done.add(certificates(args, directory.path(), existing, output).map_err(failed)?);
    }
    say_what_is_left(&directory, &done, output);
    output
        .result(&done, &done.json())
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// Before anything is written.
fn check_names(args: &GenerateArgs) -> Result<(), SecretsError> {
    names(args)
        .into_iter()
        .try_for_each(SecretDir::check_name)?;
    #[cfg(feature = "certificates")]
    args.host
        .iter()
        .try_for_each(|host| Certificates::check_name(host))?;
    Ok(())
}

fn names(args: &GenerateArgs) -> Vec<&str> {
    let names = args.names.iter().map(String::as_str);
    let mut names: Vec<&str> = names.map(secret_files::file_name).collect();
    if names.is_empty() {
        names.extend(secret_files::KEYS.map(secret_files::file_name));
    }
    names
}

#[cfg(feature = "certificates")]
fn certificates(
    args: &GenerateArgs,
    directory: &Path,
    existing: Existing,
    output: &mut Output,
) -> Result<Written, SecretsError> {
    let hosts: Vec<&str> = args.host.iter().map(String::as_str).collect();
    let certificates = Certificates::open(directory)?;
    let written = certificates.generate(&hosts, existing, clock::now())?;
    for name in certificates.missing_names(&hosts)? {
        output.note(format_args!(
            "the certificate {} was kept and does not hold the name {name}; --force replaces it, and all else that is kept",
            certificates.server_certificate().display()
        ));
    }
    Ok(written)
}

fn say_what_is_left(directory: &SecretDir, done: &Done, output: &mut Output) {
    secret_files::say_unless_ignored(directory, output);
    if done.replaced.iter().any(|file| is_of_a_role(file)) {
        output.note(
            "the servers have the old passwords until `db-up` runs, or the roles are altered",
        );
    }
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
