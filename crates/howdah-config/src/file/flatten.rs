use std::path::Path;

use super::node::{Content, Entry, Node};
use super::{TAGS, is_ours, place};
use crate::interpolate::{Unset, interpolate};
use crate::keys::{find, is_section, suggestion};
use crate::layer::{Layer, Leaf, Value};
use crate::{Key, Origin, Problem};

/// What the values of a file are read with.
pub(crate) struct FileLayer<'a> {
    pub(crate) path: &'a Path,
    pub(crate) vars: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) unset: Unset,
    /// Nothing was wrong with the text.
    pub(crate) was_read: bool,
}

/// The layer of a file's tree.
pub(crate) fn flatten(root: &[Entry], file: &FileLayer<'_>) -> Layer {
    let mut layer = Layer::named(format!("the file {}", file.path.display()));
    for entry in root {
        if entry.name == "database" || is_ours(file.path) {
            file.visit(&entry.name, entry, &mut layer);
        }
    }
    if file.was_read && root.iter().all(|entry| entry.name != "database") {
        let hint = root.iter().find_map(|entry| near_database(&entry.name));
        layer.notices.push(format!(
            "{} has no section `database`{}",
            file.path.display(),
            hint.unwrap_or_default()
        ));
    }
    layer
}

fn near_database(name: &str) -> Option<String> {
    crate::nearest::nearest(name, ["database"])?;
    Some(format!("; is `{name}` meant?"))
}

impl FileLayer<'_> {
    fn visit(&self, path: &str, entry: &Entry, layer: &mut Layer) {
        let node = &entry.node;
        let at = place(self.path, node.line, node.column);
        if node.tagged {
            layer.problems.push(Problem::at(path, TAGS, at.clone()));
            if let Some(key) = find(path) {
                layer.insert(key, Leaf::broken(at));
            }
        } else if let Some(key) = find(path) {
            self.leaf(key, node, at, layer);
        } else if is_section(path) {
            self.section(path, node, at, layer);
        } else {
            let message = format!("is not a known key{}", suggestion(path));
            let at = place(self.path, entry.line, entry.column);
            layer.problems.push(Problem::at(path, message, at));
        }
    }

    fn section(&self, path: &str, node: &Node, at: Origin, layer: &mut Layer) {
        let what = match &node.content {
            // `pool:` with every key commented out.
            Content::Null => return,
            Content::Section(entries) => {
                for entry in entries {
                    self.visit(&format!("{path}.{}", entry.name), entry, layer);
                }
                return;
            }
            Content::Scalar(_) => "a single value",
            Content::List => "a list",
        };
        let message = format!("must be a section with keys, not {what}");
        layer.problems.push(Problem::at(path, message, at));
    }

    fn leaf(&self, key: &Key, node: &Node, at: Origin, layer: &mut Layer) {
        let message = match &node.content {
            Content::Scalar(text) => {
                let leaf = self.interpolated(key, text, at, layer);
                layer.insert(key, leaf);
                return;
            }
            Content::Null if key.default.is_none() => return,
            Content::Null => "has no value; give one, or leave the key out for its default",
            Content::List => "must be a single value, not a list",
            Content::Section(_) => "must be a single value, not a section",
        };
        layer
            .problems
            .push(Problem::at(key.path, message, at.clone()));
        layer.insert(key, Leaf::broken(at));
    }

    fn interpolated(&self, key: &Key, text: &str, at: Origin, layer: &mut Layer) -> Leaf {
        match interpolate(text, self.vars, self.unset) {
            Ok(done) => {
                layer.notices.extend(done.unset.iter().map(|name| {
                    format!(
                        "{} uses the variable {name}, which is not set ({at})",
                        key.path
                    )
                }));
                Leaf {
                    variables: done.variables,
                    ..Leaf::text(done.text, at)
                }
            }
            Err(error) if error.variable.is_some() => Leaf {
                value: Value::Missing(error.message),
                ..Leaf::broken(at)
            },
            Err(error) => {
                let problem = Problem::at(key.path, error.message, at.clone());
                layer.problems.push(problem);
                Leaf::broken(at)
            }
        }
    }
}
