use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::replica::Upstream;
use crate::{Backend, Error, Request, Version};

const FORMAT: u32 = 1;

/// What the next start has to know about this one: `server.json` in the directory.
///
/// It is written before anything is created, so that a start which was interrupted is continued by the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u32,
    pub(crate) place: Place,
    /// `None` until one was chosen.
    pub(crate) port: Option<u16>,
    /// The port that was asked for: as long as the wish is the same, the remembered one stays.
    pub(crate) wished_port: Option<u16>,
    /// `None` until the server answered for the first time.
    pub(crate) version: Option<Version>,
    pub(crate) settings: BTreeMap<String, String>,
    /// Tells the caller's configuration files from others.
    #[serde(default)]
    pub(crate) files: Option<String>,
    /// The primary of a replica.
    #[serde(default)]
    pub(crate) upstream: Option<Upstream>,
    pub(crate) throwaway: bool,
    /// A container's first start has begun and did not get to its end: its data is worth nothing.
    #[serde(default)]
    pub(crate) unfinished: bool,
}

/// Where the server lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "backend", rename_all = "lowercase")]
pub(crate) enum Place {
    Local {
        major: u16,
        /// The directory of `postgres` and `initdb`.
        binaries: PathBuf,
    },
    Container {
        /// `docker` or `podman`.
        engine: String,
        /// The value of `DOCKER_HOST` or `CONTAINER_HOST`, if it is needed to reach the engine.
        address: Option<String>,
        name: String,
        image: String,
    },
}

impl Record {
    pub(crate) fn new(place: Place) -> Self {
        Self {
            format: FORMAT,
            place,
            port: None,
            wished_port: None,
            version: None,
            settings: BTreeMap::new(),
            files: None,
            upstream: None,
            throwaway: false,
            unfinished: false,
        }
    }

    pub(crate) fn path(directory: &Path) -> PathBuf {
        directory.join("server.json")
    }

    /// `None`: nothing was ever started here.
    pub(crate) fn load(directory: &Path) -> Result<Option<Self>, Error> {
        let path = Self::path(directory);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(Error::file("read", &path)(source)),
        };
        let record: Self =
            serde_json::from_str(&text).map_err(|source| unreadable(&path, source))?;
        if record.format != FORMAT {
            return Err(Error::Record {
                path,
                problem: format!(
                    "has format {}, and this program knows format {FORMAT}",
                    record.format
                ),
                mend: "use the newer howdah that wrote it".to_owned(),
                source: None,
            });
        }
        Ok(Some(record))
    }

    /// Complete or not at all, whatever happens half way.
    pub(crate) fn save(&self, directory: &Path) -> Result<(), Error> {
        let path = Self::path(directory);
        let draft = directory.join("server.json.new");
        let mut text =
            serde_json::to_string_pretty(self).map_err(|source| unreadable(&path, source))?;
        text.push('\n');
        fs::write(&draft, text).map_err(Error::file("write", &draft))?;
        fs::rename(&draft, &path).map_err(Error::file("write", &path))
    }

    /// Saves what a successful start found out; only if it is new, so that a call that changes nothing writes nothing.
    pub(crate) fn remember(
        mut self,
        directory: &Path,
        request: &Request,
        port: u16,
        version: Version,
    ) -> Result<(), Error> {
        self.port = Some(port);
        self.wished_port = request.port.port().or(self.wished_port);
        self.version = Some(version);
        self.unfinished = false;
        if Self::load(directory)?.as_ref() == Some(&self) {
            return Ok(());
        }
        self.save(directory)
    }

    pub(crate) fn remove(directory: &Path) -> Result<(), Error> {
        let path = Self::path(directory);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::file("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn backend(&self) -> Backend {
        match self.place {
            Place::Local { .. } => Backend::Local,
            Place::Container { .. } => Backend::Container,
        }
    }

    pub(crate) fn major(&self) -> Option<u16> {
        match self.place {
            Place::Local { major, .. } => Some(major),
            Place::Container { .. } => self.version.map(|version| version.major),
        }
    }
}

fn unreadable(path: &Path, source: serde_json::Error) -> Error {
    Error::Record {
        path: path.to_owned(),
        problem: "is not a record that howdah wrote".to_owned(),
        mend: format!(
            "remove it (`rm {}`), then the next start finds the data again; or {}",
            path.display(),
            crate::error::START_OVER
        ),
        source: Some(Box::new(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(place: Place) -> Record {
        Record {
            port: Some(5433),
            wished_port: Some(5432),
            version: Version::from_number("150018"),
            settings: BTreeMap::from([("fsync".to_owned(), "off".to_owned())]),
            ..Record::new(place)
        }
    }

    #[test]
    fn what_was_written_is_read_again() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Record::load(root.path()).unwrap(), None);
        for place in [
            Place::Local {
                major: 15,
                binaries: "/usr/lib/postgresql/15/bin".into(),
            },
            Place::Container {
                engine: "docker".to_owned(),
                address: None,
                name: "howdah-shop-1234abcd".to_owned(),
                image: "postgres:17-alpine".to_owned(),
            },
        ] {
            let record = example(place);
            record.save(root.path()).unwrap();
            assert_eq!(Record::load(root.path()).unwrap(), Some(record));
        }
    }

    #[test]
    fn a_damaged_record_is_reported_with_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        fs::write(Record::path(root.path()), "{\"format\":").unwrap();
        let message = Record::load(root.path()).unwrap_err().to_string();
        assert!(
            message.contains("server.json is not a record that howdah wrote: remove it"),
            "{message}"
        );
        assert!(message.contains("db-down --volumes"), "{message}");
    }

    #[test]
    fn a_record_of_a_later_format_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::Local {
            major: 15,
            binaries: PathBuf::new(),
        };
        let record = Record {
            format: 2,
            ..example(place)
        };
        record.save(root.path()).unwrap();
        let message = Record::load(root.path()).unwrap_err().to_string();
        assert!(message.contains("has format 2"), "{message}");
    }
}
