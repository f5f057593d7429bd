use super::{Layer, Leaf};
use crate::keys::{find, find_alias, is_section, suggestion};
use crate::{AliasPlace, Origin, Problem};

/// A value that the caller sets itself.
#[derive(Clone)]
pub(crate) struct Explicit {
    /// The path of the key, or the name of a flag.
    pub(crate) name: String,
    pub(crate) value: String,
    /// What the caller calls it.
    pub(crate) flag: String,
}

impl Layer {
    /// The strongest layer: what the caller set itself.
    pub(crate) fn explicit(values: &[Explicit]) -> Self {
        let mut layer = Self::named("explicit values");
        for Explicit { name, value, flag } in values {
            let origin = Origin::Explicit { flag: flag.clone() };
            let leaf = Leaf::text(value.as_str(), origin.clone());
            if let Some(key) = find(name) {
                layer.add(key, None, leaf);
            } else if let Some((key, alias)) =
                find_alias(name, AliasPlace::Flag).or_else(|| find_alias(name, AliasPlace::File))
            {
                layer.add(key, Some(alias), leaf);
            } else {
                let message = unknown_path(name);
                layer.problems.push(Problem::at(name, message, origin));
            }
        }
        layer
    }
}

fn unknown_path(path: &str) -> String {
    if is_section(path) {
        return "is a section; set one of its keys".to_owned();
    }
    format!("is not a known key{}", suggestion(path))
}
