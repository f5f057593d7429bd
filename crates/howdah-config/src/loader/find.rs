use std::path::{Path, PathBuf};

use super::Loader;
use crate::{Origin, Problem};

/// The names that are looked for in a directory, in this order.
const NAMES: [&str; 6] = [
    "howdah.yaml",
    "howdah.yml",
    "howdah.toml",
    "config.yaml",
    "config.yml",
    "config.toml",
];

impl Loader {
    /// The settings file: the given one, or the first one in the directory.
    pub(super) fn settings_file(&self, problems: &mut Vec<Problem>) -> Option<PathBuf> {
        if self.file.is_some() {
            return self.file.clone();
        }
        let directory = self.directory.as_deref()?;
        let found: Vec<PathBuf> = NAMES
            .iter()
            .map(|name| inside(directory, name))
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        let is_ours = |path: &&PathBuf| path.file_stem().is_some_and(|stem| stem == "howdah");
        if let [first, second, ..] = found.iter().filter(is_ours).collect::<Vec<_>>()[..] {
            let message = format!("there is {} too; keep one of the two", second.display());
            problems.push(Problem::layer(message, whole(first)));
        }
        found.into_iter().next()
    }

    /// The `.env` file: the given one, or the one in the directory if it is there.
    pub(super) fn dotenv_file(&self) -> Option<PathBuf> {
        let beside = || {
            let path = inside(self.directory.as_deref()?, ".env");
            path.symlink_metadata().is_ok().then_some(path)
        };
        self.dotenv.clone().or_else(beside)
    }

    /// What relative paths in the settings are relative to.
    pub(super) fn base(&self, file: Option<&Path>) -> PathBuf {
        let base = file.and_then(Path::parent).or(self.directory.as_deref());
        match base {
            Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
            _ => PathBuf::from("."),
        }
    }
}

/// `config.production.yaml` beside `config.yaml`, if it is there.
pub(super) fn overlay(file: &Path, environment: &str) -> Option<PathBuf> {
    let stem = file.file_stem()?.to_str()?;
    let extension = file.extension()?.to_str()?;
    let path = file.with_file_name(format!("{stem}.{environment}.{extension}"));
    path.symlink_metadata().is_ok().then_some(path)
}

/// `howdah.yaml`, not `./howdah.yaml`: the name goes into every message.
fn inside(directory: &Path, name: &str) -> PathBuf {
    if directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    }
}

fn whole(path: &Path) -> Origin {
    Origin::File {
        path: path.to_owned(),
        line: 0,
        column: 0,
    }
}
