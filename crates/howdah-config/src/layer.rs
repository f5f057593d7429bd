//! What one layer says, and the merge of all of them.

mod build;
mod merge;

use std::collections::BTreeMap;

pub(crate) use merge::{Merged, merge};

use crate::{Key, Origin, Problem, keys};

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
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) value: Value,
    pub(crate) origin: Origin,
    /// The variables whose values are part of the text.
    pub(crate) variables: Vec<String>,
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
        Self {
            value: Value::Text(text.into()),
            origin,
            variables: Vec::new(),
        }
    }

    pub(crate) fn broken(origin: Origin) -> Self {
        Self {
            value: Value::Broken,
            origin,
            variables: Vec::new(),
        }
    }

    /// The text, if there is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Missing(_) | Value::Broken => None,
        }
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

    pub(crate) fn insert(&mut self, key: &Key, leaf: Leaf) {
        self.leaves.insert(key.path, leaf);
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.leaves.get(path).and_then(Leaf::as_text)
    }
}
