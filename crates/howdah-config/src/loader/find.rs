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

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "toml"];

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

/// The file of an environment: `config.production.yaml` beside `config.yaml`, whatever it ends in. Two are an error.
pub(super) fn overlay(
    file: &Path,
    environment: &str,
    problems: &mut Vec<Problem>,
) -> Option<PathBuf> {
    let stem = file.file_stem()?.to_str()?;
    let path = |extension| file.with_file_name(format!("{stem}.{environment}.{extension}"));
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let mut found = EXTENSIONS.into_iter().map(path).filter(is_there);
    let first = found.next();
    if let (Some(first), Some(second)) = (&first, found.next()) {
        let message = format!("there is {} too; keep one of the two", second.display());
        problems.push(Problem::layer(message, whole(first)));
    }
    first
}

/// A file of this environment that is not read, because the settings file has another name, or there is none.
pub(super) fn stray(directory: &Path, environment: &str, read: &[&Path]) -> Vec<String> {
    let names = ["howdah", "config"].into_iter().flat_map(|stem| {
        EXTENSIONS.map(|extension| inside(directory, &format!("{stem}.{environment}.{extension}")))
    });
    let is_stray = |path: &PathBuf| path.is_file() && !read.contains(&path.as_path());
    names
        .filter(is_stray)
        .map(|path| {
            let path = path.display();
            format!("{path} is not read: it belongs to a settings file of the same name, which is not in use")
        })
        .collect()
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
