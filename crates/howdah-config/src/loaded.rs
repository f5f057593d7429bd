use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use howdah_secrets::{Resolved, Rules, SecretRef};

use crate::keys::find;
use crate::layer::{Leaf, Merged};
use crate::sensitive::Sensitive;
use crate::{Database, Environment, Kind, Origin, keys, value};

/// The settings, and where each of them came from.
#[derive(Clone)]
#[non_exhaustive]
#[expect(
    clippy::partial_pub_fields,
    reason = "the settings are plain data; where they came from belongs to them and must not change"
)]
pub struct Loaded {
    /// The section `database`.
    pub database: Database,
    values: BTreeMap<&'static str, Given>,
    sources: Sources,
}

/// One setting as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EffectiveValue {
    /// The key, `database.pool.size`.
    pub path: String,
    /// The value as it was written; empty when none is set, `[REDACTED]` when it holds a secret.
    pub value: String,
    /// Where it came from, as [`Origin`] displays it.
    pub origin: String,
}

/// What stands behind the values.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) directory: PathBuf,
    pub(crate) file: Option<PathBuf>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) undecodable: BTreeSet<String>,
    pub(crate) notices: Vec<String>,
}

impl Sources {
    /// A path of the settings, from the directory that they are relative to.
    pub(crate) fn resolve(&self, path: &Path) -> PathBuf {
        if path.is_absolute() || self.directory == Path::new(".") {
            return path.to_owned();
        }
        self.directory.join(path)
    }
}

#[derive(Debug, Clone)]
struct Given {
    /// As it may be shown.
    shown: String,
    origin: Origin,
}

impl Loaded {
    pub(crate) fn new(
        database: Database,
        merged: &Merged,
        sensitive: &Sensitive,
        sources: Sources,
    ) -> Self {
        let given = |path: &str, leaf: &Leaf| Given {
            shown: shown(path, leaf, sensitive),
            origin: leaf.origin.clone(),
        };
        Self {
            database,
            values: merged
                .leaves()
                .map(|(path, leaf)| (path, given(path, leaf)))
                .collect(),
            sources,
        }
    }

    /// Where the value of a key came from; [`Origin::Default`] for a key that nobody set, and for an unknown one.
    pub fn origin(&self, path: &str) -> &Origin {
        self.values
            .get(path)
            .map_or(&Origin::Default, |given| &given.origin)
    }

    /// Whether nobody set this key.
    pub fn is_default(&self, path: &str) -> bool {
        *self.origin(path) == Origin::Default
    }

    /// What is allowed but worth knowing, a sentence each.
    pub fn notices(&self) -> &[String] {
        &self.sources.notices
    }

    /// The settings file, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.sources.file.as_deref()
    }

    /// What relative paths in the settings are relative to: the directory of the settings file, else the given
    /// directory, else `.`.
    pub fn directory(&self) -> &Path {
        &self.sources.directory
    }

    /// A path of the settings, from [`directory`](Self::directory).
    pub fn resolve_path(&self, path: &Path) -> PathBuf {
        self.sources.resolve(path)
    }

    /// Reads a secret of these settings: its file from [`directory`](Self::directory), its variable from
    /// [`environment`](Self::environment), by the rules of where this runs.
    ///
    /// # Errors
    /// Those of [`SecretRef::resolve`].
    pub fn resolve_secret(&self, reference: &SecretRef) -> Result<Resolved, howdah_secrets::Error> {
        let located = self.located(reference);
        located.resolve(self.environment(), self.secret_rules())
    }

    /// Whether a source of a secret is there, whatever it holds; see [`SecretRef::is_present`].
    pub fn has_secret(&self, reference: &SecretRef) -> bool {
        self.located(reference).is_present(self.environment())
    }

    /// How strict the rules for secrets are where this runs.
    pub fn secret_rules(&self) -> Rules {
        match self.database.environment {
            Environment::Production => Rules::Production,
            Environment::Development | Environment::Testing => Rules::Development,
        }
    }

    fn located(&self, reference: &SecretRef) -> SecretRef {
        let mut reference = reference.clone();
        reference.file = reference.file.map(|file| self.resolve_path(&file));
        reference
    }

    /// Every key with its value and origin, in the order of [`keys`].
    pub fn effective(&self) -> Vec<EffectiveValue> {
        keys()
            .iter()
            .map(|key| EffectiveValue {
                path: key.path.to_owned(),
                value: self
                    .values
                    .get(key.path)
                    .map_or_else(String::new, |given| given.shown.clone()),
                origin: self.origin(key.path).to_string(),
            })
            .collect()
    }

    /// The process environment with the variables of `.env` below it: what secrets are resolved from.
    pub fn environment(&self) -> &BTreeMap<String, String> {
        &self.sources.environment
    }
}

impl fmt::Debug for Loaded {
    /// Without the environment, which holds passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded")
            .field("database", &self.database)
            .field("file", &self.sources.file)
            .finish_non_exhaustive()
    }
}

fn shown(path: &str, leaf: &Leaf, sensitive: &Sensitive) -> String {
    let text = leaf.as_text().unwrap_or_default();
    let is_secret = find(path).is_some_and(|key| matches!(key.kind, Kind::Url | Kind::Secret));
    if find(path).is_some_and(|key| key.kind == Kind::Argv) {
        return program(text);
    }
    if !text.is_empty() && (is_secret || sensitive.holds(leaf)) {
        return "[REDACTED]".to_owned();
    }
    text.to_owned()
}

/// The arguments may hold a token.
fn program(argv: &str) -> String {
    let words = value::argv(argv).unwrap_or_default();
    let more = if words.len() > 1 { " ..." } else { "" };
    words
        .first()
        .map_or_else(String::new, |program| format!("{program}{more}"))
}
