//! What is wrong with the values: each against its kind and bounds, and all of them against each other.

mod bounds;
mod files;
mod guides;
mod production;
mod rules;

use crate::keys::find;
use crate::layer::{Layer, Merged, Value};
use crate::loaded::Sources;
use crate::sensitive::Sensitive;
use crate::{Key, Kind, Origin, Problem, value};

/// The problems of the texts of one layer, whether or not a stronger layer replaces them.
pub(crate) fn check_types(layer: &Layer, secret: &Sensitive) -> Vec<Problem> {
    let texts = layer.leaves.iter().filter_map(|(path, leaf)| {
        let key = find(path)?;
        let message = value::check(key, leaf.as_text()?).err()?;
        let problem = Problem::of(path, leaf, secret.shown(key, leaf), message);
        Some(problem.expected(&expected(key)))
    });
    texts.collect()
}

/// What is allowed, where the message does not say it itself.
fn expected(key: &Key) -> String {
    match key.kind {
        Kind::Integer | Kind::Ports => key.bound.to_owned(),
        Kind::Word(words) => value::listed(words),
        Kind::Boolean => "true or false".to_owned(),
        _ => String::new(),
    }
}

/// The problems of the strongest values: missing variables, bounds, and the rules between values.
/// `known` are the problems so far.
pub(crate) fn check_values(
    merged: &Merged,
    secret: &Sensitive,
    known: &[Problem],
    sources: &Sources,
) -> Vec<Problem> {
    let missing = merged
        .leaves()
        .filter_map(|(path, leaf)| match &leaf.value {
            Value::Missing(message) => Some(Problem::of(path, leaf, None, message)),
            Value::Text(_) | Value::Broken => None,
        });
    let mut problems: Vec<Problem> = missing.collect();
    let check = Check {
        merged,
        secret,
        sources,
    };
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

struct Check<'a> {
    merged: &'a Merged,
    secret: &'a Sensitive,
    sources: &'a Sources,
}

impl Check<'_> {
    /// A value that parses; the problem with one that does not is already reported.
    fn get<T>(&self, path: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        parse(self.merged.text(path)?).ok()
    }

    fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        let Some(leaf) = self.merged.leaf(path) else {
            return Problem::at(path, message, Origin::Default);
        };
        let shown = find(path).and_then(|key| self.secret.shown(key, leaf));
        Problem::of(path, leaf, shown, message)
    }

    /// ` (howdah.yaml:3:9)`, for another value that a message speaks of.
    fn place(&self, path: &str) -> String {
        let leaf = self.merged.leaf(path);
        leaf.map_or_else(String::new, |leaf| format!(" ({})", leaf.origin))
    }

    /// Whether there is a value, be it one that cannot be used.
    fn is_given(&self, path: &str) -> bool {
        let leaf = self.merged.leaf(path);
        leaf.is_some_and(|leaf| leaf.as_text() != Some(""))
    }
}
