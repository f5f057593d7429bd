//! The secret files of a project: what `db-up` generates and reads, and what `howdah secrets` looks after.

use std::path::{Path, PathBuf};

use howdah_secrets::SecretDir;

use crate::Output;

pub(crate) const SUPERUSER: &str = "postgres_superuser_pw";
pub(crate) const MIGRATOR: &str = "postgres_migrator_pw";
pub(crate) const APP: &str = "postgres_app_user_pw";
pub(crate) const READ_ONLY: &str = "postgres_app_ro_pw";

/// The keys of `database.secrets`.
pub(crate) const KEYS: [&str; 3] = ["app", "migrator", "read_only"];

/// The file of a key of `database.secrets`; any other name is that of a file.
pub(crate) fn file_name(name: &str) -> &str {
    match name {
        "app" => APP,
        "migrator" => MIGRATOR,
        "read_only" => READ_ONLY,
        other => other,
    }
}

/// `.howdah/secrets` beside the settings file, or in this directory.
pub(crate) fn directory(settings: Option<&Path>) -> PathBuf {
    let project = settings.and_then(Path::parent).unwrap_or(Path::new(""));
    project.join(".howdah").join("secrets")
}

/// Says that git sees a directory that was there before, or that a crash left half made.
pub(crate) fn say_unless_ignored(directory: &SecretDir, output: &mut Output) {
    if !directory.is_ignored() {
        output.note(format_args!(
            "{} was there before, and no `.gitignore` of its own hides it: tell version control to ignore it",
            directory.path().display()
        ));
    }
}
