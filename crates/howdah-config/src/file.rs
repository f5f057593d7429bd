//! A settings file: bytes -> tree with places -> layer.

mod flatten;
mod node;
mod read;
mod toml;
mod yaml;

use std::path::Path;

pub(crate) use flatten::{FileLayer, flatten};
pub(crate) use node::Entry;
pub(crate) use read::{read_text, why_unreadable};

use crate::{Origin, Problem};

/// A file with more values is no configuration.
const MAX_NODES: usize = 10_000;

const TAGS: &str = "YAML tags are not supported";

/// What is wrong at one place of the text; line 0 is the text as a whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// The file's tree, as far as it can be read.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) root: Vec<Entry>,
    pub(crate) faults: Vec<Fault>,
}

/// Reads a file; the tree is empty where there are problems.
pub(crate) fn parse(path: &Path) -> (Vec<Entry>, Vec<Problem>) {
    let whole = |message| Problem::layer(message, place(path, 0, 0));
    let parser = match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml" | "yml") => yaml::parse,
        Some("toml") => toml::parse,
        _ => {
            let message = "the name of a settings file ends in .yaml, .yml or .toml";
            return (Vec::new(), vec![whole(message.to_owned())]);
        }
    };
    match read_text(path) {
        Err(message) => (Vec::new(), vec![whole(message)]),
        Ok(text) => {
            let Parsed { root, faults } = parser(&text);
            let problem =
                |fault: Fault| Problem::layer(fault.message, place(path, fault.line, fault.column));
            (root, faults.into_iter().map(problem).collect())
        }
    }
}

/// Whether the whole file is ours, not only its section `database`.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.starts_with("howdah."))
}

fn place(path: &Path, line: usize, column: usize) -> Origin {
    Origin::File {
        path: path.to_owned(),
        line,
        column,
    }
}
