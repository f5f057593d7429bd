use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use howdah_config::{Error, Loaded, Loader, Problem};

/// A directory with settings files, gone at the end of the test.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        for (name, content) in files {
            place.write(name, content.as_bytes());
        }
        place
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn loader(&self) -> Loader {
        Loader::new().directory(self.path())
    }

    /// The rendered problems, with the directory taken out.
    pub(crate) fn rendered(&self, loader: Loader) -> String {
        let rendered = loader.load().unwrap_err().to_string();
        rendered.replace(&format!("{}/", self.path().display()), "")
    }
}

pub(crate) fn yaml(content: &str) -> Place {
    Place::new(&[("howdah.yaml", content)])
}

/// The settings of one YAML file.
pub(crate) fn loaded(content: &str) -> Loaded {
    yaml(content).loader().load().unwrap()
}

/// The rendered problems of one YAML file.
pub(crate) fn refused(content: &str) -> String {
    let place = yaml(content);
    place.rendered(place.loader())
}

pub(crate) fn problems(loader: Loader) -> Vec<Problem> {
    match loader.load() {
        Err(Error::Invalid { problems }) => problems,
        other => panic!("no problems: {other:?}"),
    }
}

pub(crate) fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}
