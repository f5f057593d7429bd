use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use howdah_secrets::SecretRef;

use super::Loader;
use super::find::{overlay, stray};
use crate::assemble::{assemble, settle_defaults};
use crate::check::{check_types, check_values};
use crate::dotenv::DotEnv;
use crate::file::{self, FileLayer};
use crate::keys::find_alias;
use crate::layer::{Layer, Merged, Variables, expand_urls, merge, unread_libpq_variables};
use crate::loaded::{Loaded, Sources};
use crate::sensitive::Sensitive;
use crate::{AliasPlace, Database, Environment, Error, Origin, Problem, value};

const ENVIRONMENT: &str = "database.environment";
const LIBPQ: &str = "database.libpq_env";

impl Loader {
    /// Reads and merges every layer, and checks every value.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every problem of every layer.
    pub fn load(self) -> Result<Loaded, Error> {
        let mut read = self.read();
        let sensitive = Sensitive::of(&read.layers, &read.environment);
        expand_urls(&mut read.layers, &sensitive);
        for layer in read.layers.iter_mut().chain(&mut read.unused) {
            read.problems.append(&mut layer.problems);
            read.problems.extend(check_types(layer, &sensitive));
            read.notices.append(&mut layer.notices);
        }
        let mut merged = merge(&read.layers);
        read.notices.extend(settle_defaults(&mut merged));
        let sources = self.sources(&read);
        let of_values = check_values(&merged, &sensitive, &read.problems, &sources);
        read.problems.extend(of_values);
        read.problems.extend(read.production_by_dotenv(&merged));
        match assemble(&merged) {
            Some(database) if read.problems.is_empty() => {
                read.notices.extend(without_password(&database));
                let sources = Sources {
                    notices: read.notices,
                    ..sources
                };
                Ok(Loaded::new(database, &merged, &sensitive, sources))
            }
            _ => {
                let mut problems = read.problems;
                problems.sort_by(|left, right| left.place().cmp(&right.place()));
                Err(Error::Invalid { problems })
            }
        }
    }

    fn sources(&self, read: &Read) -> Sources {
        Sources {
            directory: self.base(read.file.as_deref()),
            file: read.file.clone(),
            environment: read.environment.clone(),
            undecodable: self.undecodable.clone(),
            notices: Vec::new(),
        }
    }

    fn read(&self) -> Read {
        let mut read = Read::default();
        read.problems.extend(self.prefix_problem());
        let process = self.process();
        let explicit = Layer::explicit(&self.explicit);
        read.file = self.settings_file(&mut read.problems);
        let mut parsed = read.file.clone().map(File::read);

        let early = parsed
            .as_ref()
            .map(|file| file.layer(self, &self.env, None));
        let environment = strongest(
            ENVIRONMENT,
            &[Some(&explicit), Some(&process), early.as_ref()],
        );
        let dotenv = self.dotenv_layer(environment.as_deref() == Some("production"), &mut read);
        let dotenv_file = dotenv.as_ref().map(|(file, _)| file);

        read.layers.push(Layer::defaults());
        let file = parsed
            .as_mut()
            .map(|file| file.finish(self, &read.environment, dotenv_file));
        let dotenv_layer = dotenv.as_ref().map(|(_, layer)| layer);
        let all = [Some(&explicit), Some(&process), dotenv_layer, file.as_ref()];
        let environment = strongest(ENVIRONMENT, &all);
        let overlay = self.overlay(environment.as_deref(), &mut read, dotenv_file);
        let reads_libpq = strongest(
            LIBPQ,
            &[
                Some(&explicit),
                Some(&process),
                dotenv_layer,
                overlay.as_ref(),
                file.as_ref(),
            ],
        );

        read.layers.extend(file);
        read.layers.extend(overlay);
        read.layers.extend(dotenv.map(|(_, layer)| layer));
        if reads_libpq.as_deref() == Some("true") {
            read.layers.push(Layer::libpq(&self.env));
        } else {
            read.unused.push(unread_libpq_variables(&self.env));
        }
        read.layers.extend([process, explicit]);
        read
    }

    /// A prefix that no variable can start with would make all of them unknown without a word.
    fn prefix_problem(&self) -> Option<Problem> {
        let is_name = value::variable_name(&self.prefix).is_ok() && !self.prefix.ends_with('_');
        let message = format!(
            "{:?} cannot start a variable; use letters, digits and _, as in MYSVC",
            self.prefix
        );
        let flag = "the prefix of variables".to_owned();
        (!is_name).then(|| Problem::layer(message, Origin::Explicit { flag }))
    }

    fn process(&self) -> Layer {
        let variables = Variables {
            values: &self.env,
            undecodable: &self.undecodable,
            prefix: &self.prefix,
            origin: &|variable| Origin::Env {
                variable: variable.to_owned(),
            },
            made_with: &|_| Vec::new(),
        };
        variables.layer("the environment")
    }

    /// `config.production.yaml` beside `config.yaml`.
    fn overlay(
        &self,
        environment: Option<&str>,
        read: &mut Read,
        dotenv: Option<&DotEnvFile>,
    ) -> Option<Layer> {
        let environment = environment.unwrap_or("development");
        Environment::from_word(environment)?;
        let file = read.file.clone();
        let path = file
            .as_deref()
            .and_then(|file| overlay(file, environment, &mut read.problems));
        if let Some(directory) = &self.directory {
            let used: Vec<&Path> = file.as_deref().into_iter().chain(path.as_deref()).collect();
            read.notices.extend(stray(directory, environment, &used));
        }
        let mut layer = File::read(path?).finish(self, &read.environment, dotenv);
        let changed = layer.leaves.get(ENVIRONMENT);
        if let Some(leaf) = changed.filter(|leaf| leaf.as_text() != Some(environment)) {
            let message = format!("cannot be changed by the file that is read for {environment}");
            let problem = Problem::of(ENVIRONMENT, leaf, None, message);
            layer.problems.push(problem);
        }
        Some(layer)
    }

    /// The layer of `.env`, which also goes below the process environment.
    fn dotenv_layer(&self, is_production: bool, read: &mut Read) -> Option<(DotEnvFile, Layer)> {
        read.environment.clone_from(&self.env);
        let path = self.dotenv_file()?;
        let is_named = self.dotenv.is_some();
        if is_production && !is_named {
            let notice = format!(
                "{} is not read in production; name it explicitly, or pass its variables through the environment",
                path.display()
            );
            read.notices.push(notice);
            return None;
        }
        let file = DotEnv::read(&path, &self.env);
        for (name, value) in &file.variables {
            let entry = read.environment.entry(name.clone());
            entry.or_insert_with(|| value.clone());
        }
        read.notices.extend(libpq_names_in(&path, &file));
        let used = DotEnvFile::new(&path, &file, &self.env);
        let layer = file.into_layer(&path, &self.prefix);
        read.dotenv = (!is_named).then_some(path);
        Some((used, layer))
    }
}

/// The text of the strongest layer that has one, the strongest first.
fn strongest(path: &str, layers: &[Option<&Layer>]) -> Option<String> {
    let text = layers.iter().find_map(|layer| (*layer)?.text(path));
    text.map(str::to_owned)
}

/// Right only where the server asks for none.
fn without_password(database: &Database) -> Option<String> {
    let is_production = database.environment == Environment::Production;
    let has_certificate = database.tls.cert.is_some();
    let app = &database.secrets.app;
    let has_source = *app != SecretRef::default().with_order(app.order);
    let notice = "database.secrets.app names no source of a password: right only if the server asks for none";
    (is_production && !has_source && !has_certificate).then(|| notice.to_owned())
}

/// libpq reads the process environment and no file.
fn libpq_names_in(path: &Path, file: &DotEnv) -> Option<String> {
    let is_libpq = |name: &&String| find_alias(name, AliasPlace::Libpq).is_some();
    let names: Vec<&str> = file
        .variables
        .keys()
        .filter(is_libpq)
        .map(String::as_str)
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "libpq's variables in {} are not read, only those of the process: {}",
            path.display(),
            names.join(", ")
        )
    })
}

/// The places of the variables of `.env` that are not set in the process environment.
struct DotEnvFile(BTreeMap<String, String>);

impl DotEnvFile {
    fn new(path: &Path, file: &DotEnv, process: &BTreeMap<String, String>) -> Self {
        let names = file
            .variables
            .keys()
            .filter(|name| !process.contains_key(*name));
        Self(
            names
                .filter_map(|name| Some((name.clone(), file.place_of(path, name)?)))
                .collect(),
        )
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

    fn layer(
        &self,
        loader: &Loader,
        environment: &BTreeMap<String, String>,
        dotenv: Option<&DotEnvFile>,
    ) -> Layer {
        let reader = FileLayer {
            path: &self.path,
            vars: &|name| environment.get(name).cloned(),
            source: &|name| {
                let place = dotenv.and_then(|file| file.0.get(name));
                place.map_or("environment", String::as_str).to_owned()
            },
            undecodable: &loader.undecodable,
            unset: loader.unset,
            was_read: self.problems.is_empty(),
        };
        file::flatten(&self.root, &reader)
    }

    /// With what was wrong with the file itself.
    fn finish(
        &mut self,
        loader: &Loader,
        environment: &BTreeMap<String, String>,
        dotenv: Option<&DotEnvFile>,
    ) -> Layer {
        let mut layer = self.layer(loader, environment, dotenv);
        layer.problems.splice(0..0, self.problems.drain(..));
        layer
    }
}

/// What has been read, before it is merged.
#[derive(Default)]
struct Read {
    /// The weakest first.
    layers: Vec<Layer>,
    /// Checked, and not merged.
    unused: Vec<Layer>,
    environment: BTreeMap<String, String>,
    file: Option<PathBuf>,
    /// The `.env` file that was found and used.
    dotenv: Option<PathBuf>,
    problems: Vec<Problem>,
    notices: Vec<String>,
}

impl Read {
    /// `.env` was read because nothing else said production: it cannot say so itself.
    fn production_by_dotenv(&self, merged: &Merged) -> Option<Problem> {
        let path = self.dotenv.as_ref()?;
        let leaf = merged.leaf(ENVIRONMENT)?;
        let text = leaf.as_text().filter(|text| *text == "production")?;
        let message = format!(
            "cannot be set by {}, which is read in development and testing only; set it in the environment, or name \
             the file explicitly",
            path.display()
        );
        let shown = Some(text.to_owned());
        Some(Problem::of(ENVIRONMENT, leaf, shown, message))
    }
}
