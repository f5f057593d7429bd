//! What is wrong with the values: each against its kind and bounds, and all of them against each other.

mod bounds;
mod rules;

use crate::keys::find;
use crate::layer::{Layer, Leaf, Merged, Value};
use crate::sensitive::Sensitive;
use crate::{Key, Kind, Problem, value};

/// The problems of the texts of one layer, whether or not a stronger layer replaces them.
pub(crate) fn check_types(layer: &Layer, secret: &Sensitive) -> Vec<Problem> {
    let texts = layer.leaves.iter().filter_map(|(path, leaf)| {
        let key = find(path)?;
        let message = value::check(key, leaf.as_text()?).err()?;
        let message = message + &from_variables(leaf) + &allowed(key);
        Some(Problem::at(path, message, leaf.origin.clone()).with_value(secret.shown(key, leaf)))
    });
    texts.collect()
}

/// The problems of the strongest values: missing variables, bounds, and the rules between values.
/// `known` are the problems so far.
pub(crate) fn check_values(merged: &Merged, secret: &Sensitive, known: &[Problem]) -> Vec<Problem> {
    let missing = merged
        .leaves()
        .filter_map(|(path, leaf)| match &leaf.value {
            Value::Missing(message) => Some(Problem::at(path, message, leaf.origin.clone())),
            Value::Text(_) | Value::Broken => None,
        });
    let mut problems: Vec<Problem> = missing.collect();
    let check = Check { merged, secret };
    problems.extend(check.bounds());
    // Behind a layer that cannot be read stand defaults that nobody meant.
    if known.iter().all(|problem| !problem.path.is_empty()) {
        let is_new = |rule: &Problem| !known.iter().chain(&problems).any(|p| explains(p, rule));
        let rules: Vec<Problem> = check.rules().into_iter().filter(is_new).collect();
        problems.extend(rules);
    }
    problems
}

/// Whether a problem concerns the key of the other one, or a section around it.
fn explains(problem: &Problem, other: &Problem) -> bool {
    let rest = other.path.strip_prefix(&problem.path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// ` (from ${POOL_SIZE})`
fn from_variables(leaf: &Leaf) -> String {
    if leaf.variables.is_empty() {
        return String::new();
    }
    let names: Vec<String> = leaf
        .variables
        .iter()
        .map(|name| format!("${{{name}}}"))
        .collect();
    format!(" (from {})", names.join(", "))
}

fn allowed(key: &Key) -> String {
    if key.kind == Kind::Integer {
        return format!("; allowed: {}", key.bound);
    }
    String::new()
}

struct Check<'a> {
    merged: &'a Merged,
    secret: &'a Sensitive,
}

impl Check<'_> {
    /// A value that parses; the problem with one that does not is already reported.
    fn get<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.merged.text(path)?).ok()
    }

    fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        let leaf = self.merged.leaf(path);
        let origin = leaf.map_or_else(Default::default, |leaf| leaf.origin.clone());
        let shown = find(path)
            .zip(leaf)
            .and_then(|(key, leaf)| self.secret.shown(key, leaf));
        let message = message.into() + &leaf.map(from_variables).unwrap_or_default();
        Problem::at(path, message, origin).with_value(shown)
    }

    /// Whether there is a value, be it one that cannot be used.
    fn is_given(&self, path: &str) -> bool {
        let leaf = self.merged.leaf(path);
        leaf.is_some_and(|leaf| leaf.as_text() != Some(""))
    }
}
