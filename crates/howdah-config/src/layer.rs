//! What one layer says, and the merge of all of them.

mod build;
mod libpq;
mod merge;
mod url;
mod variables;

use std::collections::BTreeMap;

pub(crate) use build::Explicit;
pub(crate) use libpq::{key_of_option, unread_libpq_variables};
pub(crate) use merge::{Merged, merge};
pub(crate) use url::expand_urls;
pub(crate) use variables::Variables;

use crate::{Alias, AliasPlace, Key, Origin, Problem, Reads, keys};

/// One layer: a figment provider of plain texts, with the place of each.
#[derive(Debug, Default)]
pub(crate) struct Layer {
    /// Its name, unique among the layers.
    pub(crate) name: String,
    /// By path of the key.
    pub(crate) leaves: BTreeMap<&'static str, Leaf>,
    /// What is wrong with it, apart from the values of its leaves.
    pub(crate) problems: Vec<Problem>,
    /// What is allowed but worth knowing.
    pub(crate) notices: Vec<String>,
}

/// One value of one layer.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    /// The other name that it was given under.
    pub(crate) alias: Option<&'static Alias>,
    /// What stands there, when the value was made from it.
    pub(crate) written: Option<String>,
    /// The variables whose values are part of the text.
    pub(crate) variables: Vec<Variable>,
}

/// A variable that a text was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Where its value comes from: `environment`, `.env:3`.
    pub(crate) source: String,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// A variable is missing: a problem only where no stronger layer gives a value.
    Missing(String),
    /// Cannot be used; the layer has the problem.
    Broken,
}

impl Leaf {
    pub(crate) fn text(text: impl Into<String>, origin: Origin) -> Self {
        Self::new(Value::Text(text.into()), origin)
    }

    pub(crate) fn broken(origin: Origin) -> Self {
        Self::new(Value::Broken, origin)
    }

    pub(crate) fn missing(message: String, origin: Origin) -> Self {
        Self::new(Value::Missing(message), origin)
    }

    /// The text, if there is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Missing(_) | Value::Broken => None,
        }
    }

    /// The text as somebody wrote it.
    pub(crate) fn as_written(&self) -> Option<&str> {
        self.written.as_deref().or_else(|| self.as_text())
    }

    fn new(value: Value, origin: Origin) -> Self {
        Self {
            value,
            origin,
            alias: None,
            written: None,
            variables: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Leaf {
    /// Without the text, which may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leaf")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Layer {
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// The weakest layer.
    pub(crate) fn defaults() -> Self {
        let mut layer = Self::named("defaults");
        for key in keys() {
            if let Some(default) = key.default {
                let leaf = Leaf::text(default, Origin::Default);
                layer.leaves.insert(key.path, leaf);
            }
        }
        layer
    }

    /// Takes a value in, under the key's own name or another one. Two that differ are a problem.
    pub(crate) fn add(&mut self, key: &'static Key, alias: Option<&'static Alias>, leaf: Leaf) {
        let leaf = match alias {
            Some(alias) => self.read_alias(key, alias, leaf),
            None => leaf,
        };
        if alias.is_some_and(|alias| alias.reads == Reads::MaxOpen) {
            self.add_no_overflow(alias, &leaf);
        }
        self.insert_or_compare(key.path, leaf);
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.leaves.get(path).and_then(Leaf::as_text)
    }

    /// The total of connections leaves none beyond the pool's size.
    fn add_no_overflow(&mut self, alias: Option<&'static Alias>, size: &Leaf) {
        let overflow = Leaf {
            alias,
            written: size.as_text().map(str::to_owned),
            ..Leaf::text("0", size.origin.clone())
        };
        self.insert_or_compare("database.pool.overflow", overflow);
    }

    fn read_alias(&mut self, key: &Key, alias: &'static Alias, leaf: Leaf) -> Leaf {
        let leaf = Leaf {
            alias: Some(alias),
            ..leaf
        };
        let Some(text) = leaf.as_text() else {
            return leaf;
        };
        match alias.reads.read(alias.name, text) {
            Ok(value) if value == text => leaf,
            // With its unit, the number is not taken for seconds.
            Ok(value) => Leaf {
                written: Some(text.to_owned()).filter(|_| alias.reads != Reads::Minutes),
                value: Value::Text(value),
                ..leaf
            },
            Err(message) => {
                let problem = Problem::at(key.path, message, leaf.origin.clone());
                let problem = problem.with_name(leaf.alias_in_file());
                self.problems
                    .push(problem.with_value(Some(text.to_owned())));
                Leaf::broken(leaf.origin)
            }
        }
    }

    fn insert_or_compare(&mut self, path: &'static str, leaf: Leaf) {
        let Some(first) = self.leaves.get(path) else {
            self.leaves.insert(path, leaf);
            return;
        };
        let both = first.as_text().zip(leaf.as_text());
        if both.is_none_or(|(first, second)| first == second) {
            return;
        }
        let message = format!(
            "{} and {} disagree; they set the same thing, keep one",
            first.given_as(path),
            leaf.given_as(path)
        );
        let at = first.origin.clone();
        self.problems.push(Problem::at(path, message, at.clone()));
        self.leaves.insert(path, Leaf::broken(at));
    }
}

impl Leaf {
    /// The name it was given under, with its place: `DB_SCHEMA`, `database.user (config.yaml:5:9)`.
    fn given_as(&self, path: &str) -> String {
        match &self.origin {
            Origin::File { .. } => {
                let name = self.alias.map_or(path, |alias| alias.name);
                format!("{name} ({})", self.origin)
            }
            Origin::DotEnv { variable, .. } => format!("{variable} ({})", self.origin),
            origin => origin.to_string(),
        }
    }

    /// The other key of a file that it was given under.
    pub(crate) fn alias_in_file(&self) -> Option<String> {
        let alias = self.alias.filter(|alias| alias.place == AliasPlace::File)?;
        Some(alias.name.to_owned())
    }
}
