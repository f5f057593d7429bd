use std::collections::BTreeSet;

use crate::keys::find;
use crate::layer::{Layer, Leaf};
use crate::{Key, Kind};

/// What a variable that holds a secret is called in most places.
const TELLTALE: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "_PW", "_PASS"];

/// The variables that hold secrets, by a setting or by their name: what comes from them is never shown.
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
        leaf.variables.iter().any(|name| {
            let upper = name.to_uppercase();
            self.variables.contains(name) || TELLTALE.iter().any(|part| upper.contains(part))
        })
    }

    /// What a problem may show: not where a password was written for the name of its variable.
    pub(crate) fn shown(&self, key: &Key, leaf: &Leaf) -> Option<String> {
        if key.kind == Kind::VariableName || self.holds(leaf) {
            return None;
        }
        leaf.as_text().map(str::to_owned)
    }
}
