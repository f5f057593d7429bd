use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::args::{PoolMode, ServerArgs};
use super::project::Project;
use crate::Error;

/// What the server is to have besides a version and a port: what this run and those before it asked for.
///
/// They are remembered, as backend and version are, so that a plain `db-up` after a `db-up --tls` does not take away what
/// the URLs of the env file promise. They are written together with that file, when all of it is there: a setting that the
/// server refuses is not asked for again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Wishes {
    pub(crate) tls: bool,
    pub(crate) replica: bool,
    pub(crate) pgbouncer: Option<PoolMode>,
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) config_file: Option<PathBuf>,
    pub(crate) hba_file: Option<PathBuf>,
}

impl Wishes {
    /// The remembered ones, and on top of them those of this run.
    pub(crate) fn of(project: &Project, args: &ServerArgs) -> Result<Self, Error> {
        let mut wishes = if args.plain {
            Self::default()
        } else {
            Self::remembered(project)?
        };
        wishes.tls |= args.tls;
        wishes.replica |= args.replica;
        wishes.pgbouncer = args.pgbouncer.or(wishes.pgbouncer);
        wishes.settings.extend(args.settings.iter().cloned());
        wishes.config_file = absolute(args.config_file.as_deref())?.or(wishes.config_file);
        wishes.hba_file = absolute(args.hba_file.as_deref())?.or(wishes.hba_file);
        Ok(wishes)
    }

    pub(crate) fn remembered(project: &Project) -> Result<Self, Error> {
        let path = path(project);
        match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::file(&path)(error)),
            Ok(text) => serde_json::from_str(&text).map_err(|error| {
                let path = path.display();
                Error::Usage(format!(
                    "{path} is not what db-up wrote ({error}): remove it, and give the options again"
                ))
            }),
        }
    }

    /// Complete or not at all; only if they are new.
    pub(crate) fn remember(&self, project: &Project) -> Result<(), Error> {
        if Self::remembered(project).is_ok_and(|old| old == *self) {
            return Ok(());
        }
        let path = path(project);
        let draft = path.with_extension("json.new");
        let text =
            serde_json::to_string_pretty(self).map_err(Error::step("remembering the options"))?;
        fs::write(&draft, text + "\n")
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(Error::file(&path))
    }

    /// With the data.
    pub(crate) fn forget(project: &Project) -> Result<(), Error> {
        let path = path(project);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(&path)(error)),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Wishes {
    /// The command line that asks for all of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("db-up")?;
        if self.tls {
            f.write_str(" --tls")?;
        }
        if self.replica {
            f.write_str(" --replica")?;
        }
        if let Some(mode) = self.pgbouncer {
            write!(f, " --pgbouncer {}", mode.as_str())?;
        }
        for (name, value) in &self.settings {
            write!(f, " --set {name}={value}")?;
        }
        for (option, file) in [("config", &self.config_file), ("hba", &self.hba_file)] {
            if let Some(file) = file {
                write!(f, " --{option}-file {}", file.display())?;
            }
        }
        Ok(())
    }
}

fn path(project: &Project) -> PathBuf {
    project.state().join("options.json")
}

fn absolute(file: Option<&Path>) -> Result<Option<PathBuf>, Error> {
    file.map(|file| file.canonicalize().map_err(Error::file(file)))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(directory: &Path) -> Project {
        fs::create_dir_all(directory.join(".howdah")).unwrap();
        Project::new(directory).unwrap()
    }

    fn setting(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn what_was_asked_for_stays_until_a_plain_run() {
        let directory = tempfile::tempdir().unwrap();
        let project = project(directory.path());
        let mut args = ServerArgs {
            tls: true,
            settings: vec![setting("work_mem", "1MB"), setting("jit", "off")],
            ..ServerArgs::default()
        };
        Wishes::of(&project, &args)
            .unwrap()
            .remember(&project)
            .unwrap();
        args.tls = false;
        args.settings = vec![setting("work_mem", "2MB")];
        args.pgbouncer = Some(PoolMode::Session);
        let wishes = Wishes::of(&project, &args).unwrap();
        assert!(wishes.tls);
        assert_eq!(wishes.pgbouncer, Some(PoolMode::Session));
        let settings: Vec<_> = wishes.settings.clone().into_iter().collect();
        assert_eq!(
            settings,
            [setting("jit", "off"), setting("work_mem", "2MB")]
        );
        wishes.remember(&project).unwrap();
        let plain = ServerArgs {
            plain: true,
            ..ServerArgs::default()
        };
        assert_eq!(Wishes::of(&project, &plain).unwrap(), Wishes::default());
        Wishes::forget(&project).unwrap();
        assert_eq!(Wishes::remembered(&project).unwrap(), Wishes::default());
    }

    #[test]
    fn a_damaged_file_is_named_with_what_to_do() {
        let directory = tempfile::tempdir().unwrap();
        let project = project(directory.path());
        fs::write(path(&project), "{").unwrap();
        let error = Wishes::remembered(&project).unwrap_err().to_string();
        assert!(
            error.contains("options.json") && error.contains("remove it"),
            "{error}"
        );
    }
}
