//! `.env`, in Docker Compose's dialect. No message holds a word of the content: the file is full of passwords.

mod parse;

use std::collections::BTreeMap;
use std::path::Path;

use crate::file::read_text;
use crate::layer::Layer;
use crate::{Origin, Problem};

/// The variables of a `.env` file, with the line of each.
#[derive(Debug, Default)]
pub(crate) struct DotEnv {
    pub(crate) variables: BTreeMap<String, String>,
    lines: BTreeMap<String, usize>,
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
                problems: vec![Problem::layer(message, place(path, 0))],
                ..Self::default()
            },
        }
    }

    fn parse(text: &str, path: &Path, environment: &BTreeMap<String, String>) -> Self {
        let (assignments, faults) = parse::parse(text, environment);
        let mut result = Self::default();
        for (name, (value, line)) in assignments {
            result.lines.insert(name.clone(), line);
            result.variables.insert(name, value);
        }
        result.problems = faults
            .into_iter()
            .map(|fault| Problem::layer(fault.message, place(path, fault.line)))
            .collect();
        result
    }

    pub(crate) fn into_layer(self, path: &Path, prefix: &str) -> Layer {
        let line = |name: &str| self.lines.get(name).copied().unwrap_or(0);
        let origin = |name: &str| place(path, line(name));
        let name = format!("the file {}", path.display());
        let mut layer = Layer::variables(name, &self.variables, prefix, &origin);
        layer.problems.splice(0..0, self.problems);
        layer
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

fn place(path: &Path, line: usize) -> Origin {
    Origin::DotEnv {
        path: path.to_owned(),
        line,
    }
}
