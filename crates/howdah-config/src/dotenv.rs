//! `.env`, in Docker Compose's dialect. No message holds a word of the content: the file is full of passwords.

mod parse;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::file::read_text;
use crate::layer::{Layer, Variable, Variables};
use crate::{Origin, Problem};

/// The variables of a `.env` file, with the line of each.
#[derive(Default)]
pub(crate) struct DotEnv {
    pub(crate) variables: BTreeMap<String, String>,
    lines: BTreeMap<String, usize>,
    made_with: BTreeMap<String, Vec<Variable>>,
    problems: Vec<Problem>,
}

/// What is wrong in one line.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    message: String,
}

impl DotEnv {
    /// Reads the file; `${VAR}` is looked up in `environment`, then in the lines above.
    pub(crate) fn read(path: &Path, environment: &BTreeMap<String, String>) -> Self {
        match read_text(path) {
            Ok(text) => Self::parse(&text, path, environment),
            Err(message) => Self {
                problems: vec![Problem::layer(message, place(path, 0, ""))],
                ..Self::default()
            },
        }
    }

    fn parse(text: &str, path: &Path, environment: &BTreeMap<String, String>) -> Self {
        let (assignments, faults) = parse::parse(text, environment);
        let mut result = Self::default();
        for (name, assigned) in &assignments {
            let source = |used: &String| match assignments.get(used) {
                Some(other) if !environment.contains_key(used) => {
                    format!("{}:{}", path.display(), other.line)
                }
                _ => "environment".to_owned(),
            };
            let variable = |used: &String| Variable {
                name: used.clone(),
                source: source(used),
            };
            let made_with = assigned.made_with.iter().map(variable).collect();
            result.made_with.insert(name.clone(), made_with);
            result.lines.insert(name.clone(), assigned.line);
            result
                .variables
                .insert(name.clone(), assigned.value.clone());
        }
        result.problems = faults
            .into_iter()
            .map(|fault| Problem::layer(fault.message, place(path, fault.line, "")))
            .collect();
        result
    }

    pub(crate) fn into_layer(self, path: &Path, prefix: &str) -> Layer {
        let line = |name: &str| self.lines.get(name).copied().unwrap_or(0);
        let variables = Variables {
            values: &self.variables,
            undecodable: &BTreeSet::new(),
            prefix,
            origin: &|name| place(path, line(name), name),
            made_with: &|name| self.made_with.get(name).cloned().unwrap_or_default(),
        };
        let mut layer = variables.layer(format!("the file {}", path.display()));
        layer.problems.splice(0..0, self.problems);
        layer
    }

    /// Where a variable stands: `.env:3`.
    pub(crate) fn place_of(&self, path: &Path, name: &str) -> Option<String> {
        let line = self.lines.get(name)?;
        Some(format!("{}:{line}", path.display()))
    }
}

/// What is wrong with the text of a `.env` file. For fuzzing, which has texts and no files.
#[cfg(fuzzing)]
#[doc(hidden)]
pub fn dotenv_problems(text: &str, environment: &BTreeMap<String, String>) -> Vec<Problem> {
    let path = Path::new(".env");
    let file = DotEnv::parse(text, path, environment);
    file.into_layer(path, "HOWDAH").problems
}

fn place(path: &Path, line: usize, variable: &str) -> Origin {
    Origin::DotEnv {
        path: path.to_owned(),
        line,
        variable: variable.to_owned(),
    }
}
