use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Loader;
use crate::assemble::{assemble, settle_defaults};
use crate::check::{check_types, check_values};
use crate::dotenv::DotEnv;
use crate::file::{self, FileLayer};
use crate::layer::{Layer, Merged, merge};
use crate::loaded::{Loaded, Sources};
use crate::sensitive::Sensitive;
use crate::{Error, Origin, Problem};

const ENVIRONMENT: &str = "database.environment";

impl Loader {
    /// Reads and merges every layer, and checks every value.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of every layer.
    pub fn load(self) -> Result<Loaded, Error> {
        let mut read = self.read();
        let sensitive = Sensitive::of(&read.layers);
        for layer in &mut read.layers {
            read.problems.append(&mut layer.problems);
            read.problems.extend(check_types(layer, &sensitive));
            read.notices.append(&mut layer.notices);
        }
        let mut merged = merge(&read.layers);
        settle_defaults(&mut merged);
        let of_values = check_values(&merged, &sensitive, &read.problems);
        read.problems.extend(of_values);
        read.problems.extend(read.production_by_dotenv(&merged));
        match assemble(&merged) {
            Some(database) if read.problems.is_empty() => {
                let sources = Sources {
                    directory: self.base(read.file.as_deref()),
                    file: read.file,
                    environment: read.environment,
                    notices: read.notices,
                };
                Ok(Loaded::new(database, &merged, &sensitive, sources))
            }
            _ => Err(Error::Invalid {
                problems: read.problems,
            }),
        }
    }

    fn read(&self) -> Read {
        let mut read = Read::default();
        let origin = |variable: &str| Origin::Env {
            variable: variable.to_owned(),
        };
        let process = Layer::variables("the environment", &self.env, &self.prefix, &origin);
        let explicit = Layer::explicit(&self.explicit);
        read.file = self.settings_file(&mut read.problems);
        let mut parsed = read.file.clone().map(File::read);

        let early = parsed.as_ref().map(|file| file.layer(self, &self.env));
        let strongest_first = [Some(&explicit), Some(&process), early.as_ref()];
        let environment = strongest_first
            .iter()
            .find_map(|layer| (*layer)?.text(ENVIRONMENT));
        let dotenv = self.dotenv_layer(environment == Some("production"), &mut read);

        read.layers.push(Layer::defaults());
        read.layers.extend(parsed.as_mut().map(|file| {
            let mut layer = file.layer(self, &read.environment);
            layer.problems.splice(0..0, file.problems.drain(..));
            layer
        }));
        read.layers.extend(dotenv);
        read.layers.extend([process, explicit]);
        read
    }

    /// The layer of `.env`, which also goes below the process environment.
    fn dotenv_layer(&self, is_production: bool, read: &mut Read) -> Option<Layer> {
        read.environment.clone_from(&self.env);
        let path = self.dotenv_file()?;
        if is_production {
            let notice = format!("{} is not read in production", path.display());
            read.notices.push(notice);
            return None;
        }
        let file = DotEnv::read(&path, &self.env);
        for (name, value) in &file.variables {
            let entry = read.environment.entry(name.clone());
            entry.or_insert_with(|| value.clone());
        }
        let layer = file.into_layer(&path, &self.prefix);
        read.dotenv = Some(path);
        Some(layer)
    }
}

/// A settings file that has been read once; its values are interpolated with and without `.env`.
struct File {
    path: PathBuf,
    root: Vec<file::Entry>,
    problems: Vec<Problem>,
}

impl File {
    fn read(path: PathBuf) -> Self {
        let (root, problems) = file::parse(&path);
        Self {
            path,
            root,
            problems,
        }
    }

    fn layer(&self, loader: &Loader, environment: &BTreeMap<String, String>) -> Layer {
        let reader = FileLayer {
            path: &self.path,
            vars: &|name| environment.get(name).cloned(),
            unset: loader.unset,
            was_read: self.problems.is_empty(),
        };
        file::flatten(&self.root, &reader)
    }
}

/// What has been read, before it is merged.
#[derive(Default)]
struct Read {
    /// The weakest first.
    layers: Vec<Layer>,
    environment: BTreeMap<String, String>,
    file: Option<PathBuf>,
    /// The `.env` file that was used.
    dotenv: Option<PathBuf>,
    problems: Vec<Problem>,
    notices: Vec<String>,
}

impl Read {
    /// `.env` was read because nothing else said production: it cannot say so itself.
    fn production_by_dotenv(&self, merged: &Merged) -> Option<Problem> {
        let path = self.dotenv.as_ref()?;
        let leaf = merged.leaf(ENVIRONMENT)?;
        if leaf.as_text() != Some("production") {
            return None;
        }
        let message = format!(
            "cannot be set by {}, which is read in development and testing only",
            path.display()
        );
        let problem = Problem::at(ENVIRONMENT, message, leaf.origin.clone());
        Some(problem.with_value(Some("production".to_owned())))
    }
}
