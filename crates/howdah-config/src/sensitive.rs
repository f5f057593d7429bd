use std::collections::BTreeSet;

use crate::keys::find;
use crate::layer::{Layer, Leaf};
use crate::{Key, Kind};

/// The variables that hold secrets: what comes from them is never shown.
#[derive(Debug, Default)]
pub(crate) struct Sensitive {
    variables: BTreeSet<String>,
}

impl Sensitive {
    /// The variables that the layers name as `secrets.*.env`.
    pub(crate) fn of(layers: &[Layer]) -> Self {
        let leaves = layers.iter().flat_map(|layer| &layer.leaves);
        let named =
            leaves.filter(|(path, _)| find(path).is_some_and(|key| key.kind == Kind::VariableName));
        let variables = named.filter_map(|(_, leaf)| leaf.as_text().map(str::to_owned));
        Self {
            variables: variables.collect(),
        }
    }

    pub(crate) fn holds(&self, leaf: &Leaf) -> bool {
        leaf.variables
            .iter()
            .any(|name| self.variables.contains(name))
    }

    /// What a problem may show: not where a password was written for the name of its variable.
    pub(crate) fn shown(&self, key: &Key, leaf: &Leaf) -> Option<String> {
        if key.kind == Kind::VariableName || self.holds(leaf) {
            return None;
        }
        leaf.as_text().map(str::to_owned)
    }
}
