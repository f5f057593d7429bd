use std::collections::BTreeMap;

use super::{Layer, Leaf};
use crate::keys::{find, is_section, suggestion, variable};
use crate::nearest::nearest;
use crate::{Key, Origin, Problem, keys};

/// What must not be said twice differently.
struct Given<'a> {
    name: String,
    text: &'a str,
}

impl Layer {
    /// The layer of a set of variables: those of the keys, and their aliases.
    pub(crate) fn variables(
        name: impl Into<String>,
        variables: &BTreeMap<String, String>,
        prefix: &str,
        origin: &dyn Fn(&str) -> Origin,
    ) -> Self {
        let mut layer = Self::named(name);
        for key in keys() {
            layer.add_variables_of(key, variables, prefix, origin);
        }
        let start = format!("{prefix}__");
        for name in variables.keys().filter(|name| name.starts_with(&start)) {
            if let Some(message) = why_unknown(name, prefix) {
                layer
                    .problems
                    .push(Problem::at(name, message, origin(name)));
            }
        }
        layer
    }

    fn add_variables_of(
        &mut self,
        key: &Key,
        variables: &BTreeMap<String, String>,
        prefix: &str,
        origin: &dyn Fn(&str) -> Origin,
    ) {
        let own = std::iter::once(key.variable(prefix));
        let given = own.filter_map(|name| {
            let text = variables.get(&name)?;
            Some(Given { name, text })
        });
        let aliases = key.aliases.iter().filter_map(|&alias| {
            let text = variables.get(alias).filter(|text| !text.is_empty())?;
            let name = alias.to_owned();
            Some(Given { name, text })
        });
        let given: Vec<_> = given.chain(aliases).collect();
        let Some(first) = given.first() else { return };
        if let Some(other) = given.iter().find(|other| other.text != first.text) {
            let message = format!(
                "{} and {} disagree; they set the same thing, keep one",
                first.name, other.name
            );
            let at = origin(&first.name);
            self.problems
                .push(Problem::at(key.path, message, at.clone()));
            self.insert(key, Leaf::broken(at));
            return;
        }
        self.insert(key, Leaf::text(first.text, origin(&first.name)));
    }

    /// The strongest layer: what the caller set itself.
    pub(crate) fn explicit(values: &[(String, String, String)]) -> Self {
        let mut layer = Self::named("explicit values");
        for (path, text, flag) in values {
            let origin = Origin::Explicit { flag: flag.clone() };
            if let Some(key) = find(path) {
                layer.insert(key, Leaf::text(text.as_str(), origin));
            } else {
                let message = unknown_path(path);
                layer.problems.push(Problem::at(path, message, origin));
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

/// Why a variable below the prefix sets nothing; `None` when it is a key's.
fn why_unknown(name: &str, prefix: &str) -> Option<String> {
    let known: Vec<String> = keys().iter().map(|key| key.variable(prefix)).collect();
    if known.iter().any(|key| key == name) {
        return None;
    }
    let below = format!("{name}__");
    if let Some(example) = known.iter().find(|key| key.starts_with(&below)) {
        return Some(format!(
            "is a section and takes no value; set its keys, for example {example}"
        ));
    }
    let start = variable(prefix, "database") + "__";
    let meant = match name.strip_prefix(&start) {
        Some(rest) => {
            let relative = |key: &Key| key.path.strip_prefix("database.");
            let path = nearest(rest, keys().iter().filter_map(relative));
            path.map(|path| variable(prefix, &format!("database.{path}")))
        }
        None => nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
    };
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean {name}?"));
    Some(format!("is not a known variable{meant}"))
}
