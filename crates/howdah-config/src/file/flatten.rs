use std::collections::BTreeSet;
use std::path::Path;

use super::node::{Content, Entry, Node};
use super::{TAGS, is_ours, place};
use crate::interpolate::{InterpolationError, Unset, interpolate};
use crate::keys::{find, find_alias, is_section, suggestion};
use crate::layer::{Layer, Leaf, Value, Variable};
use crate::{Alias, AliasPlace, Key, Kind, Origin, Problem};

/// What the values of a file are read with.
pub(crate) struct FileLayer<'a> {
    pub(crate) path: &'a Path,
    pub(crate) vars: &'a dyn Fn(&str) -> Option<String>,
    /// Where a variable comes from.
    pub(crate) source: &'a dyn Fn(&str) -> String,
    pub(crate) undecodable: &'a BTreeSet<String>,
    pub(crate) unset: Unset,
    /// Nothing was wrong with the text.
    pub(crate) was_read: bool,
}

/// A key, and the other name under which it was found.
type Found = (&'static Key, Option<&'static Alias>);

/// The layer of a file's tree.
pub(crate) fn flatten(root: &[Entry], file: &FileLayer<'_>) -> Layer {
    let mut layer = Layer::named(format!("the file {}", file.path.display()));
    for entry in root {
        if entry.name == "database" || is_ours(file.path) {
            file.visit(&entry.name, entry, &mut layer);
        } else if is_section(&entry.name) {
            file.visit_foreign(entry, &mut layer);
        }
    }
    let is_database = |entry: &Entry| entry.name == "database";
    if file.was_read && !root.iter().any(is_database) && layer.leaves.is_empty() {
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

fn found(path: &str) -> Option<Found> {
    let alias = || find_alias(path, AliasPlace::File).map(|(key, alias)| (key, Some(alias)));
    find(path).map(|key| (key, None)).or_else(alias)
}

impl FileLayer<'_> {
    fn visit(&self, path: &str, entry: &Entry, layer: &mut Layer) {
        let node = &entry.node;
        let at = self.place(node);
        let found = found(path);
        if node.tagged {
            layer.problems.push(Problem::at(path, TAGS, at.clone()));
            if let Some((key, _)) = found {
                layer.leaves.insert(key.path, Leaf::broken(at));
            }
        } else if let Some(found) = found {
            let leaf = self.leaf(path, found.0, node, layer);
            if let Some(leaf) = leaf {
                layer.add(found.0, found.1, leaf);
            }
        } else if is_section(path) {
            self.section(path, node, at, layer);
        } else {
            let message = format!("is not a known key{}", suggestion(path));
            let at = place(self.path, entry.line, entry.column);
            layer.problems.push(Problem::at(path, message, at));
        }
    }

    /// A section of the service's own that holds a known other name.
    fn visit_foreign(&self, entry: &Entry, layer: &mut Layer) {
        let Content::Section(entries) = &entry.node.content else {
            return;
        };
        for inner in entries {
            let path = format!("{}.{}", entry.name, inner.name);
            if found(&path).is_some() {
                self.visit(&path, inner, layer);
            }
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
            Content::List(_) => "a list",
        };
        let message = format!("must be a section with keys, not {what}");
        layer.problems.push(Problem::at(path, message, at));
    }

    /// `None`: the key is not set.
    fn leaf(&self, path: &str, key: &Key, node: &Node, layer: &mut Layer) -> Option<Leaf> {
        let at = self.place(node);
        let message = match &node.content {
            Content::Scalar(text) => return Some(self.interpolated(path, text, at, layer)),
            Content::List(items) if takes_list(key) => {
                return Some(self.list(path, key, items, layer));
            }
            Content::Null if key.default.is_none() => return None,
            Content::Null => "has no value; give one, or leave the key out for its default",
            Content::List(_) => "must be a single value, not a list",
            Content::Section(_) => "must be a single value, not a section",
        };
        let problem = Problem::at(path, message, at.clone());
        layer.problems.push(problem);
        Some(Leaf::broken(at))
    }

    /// The items as one text: words with commas, or a JSON array for a command.
    fn list(&self, path: &str, key: &Key, items: &[Node], layer: &mut Layer) -> Leaf {
        let mut texts = Vec::new();
        let mut variables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = self.place(item);
            let leaf = self.leaf(&format!("{path}[{index}]"), &Key::ITEM, item, layer);
            let leaf = leaf.unwrap_or_else(|| Leaf::broken(at));
            let Value::Text(text) = leaf.value else {
                return leaf;
            };
            texts.push(text);
            variables.extend(leaf.variables);
        }
        let text = if key.kind == Kind::Argv {
            serde_json::to_string(&texts).unwrap_or_default()
        } else {
            texts.join(",")
        };
        let at = items.first().map(|item| self.place(item));
        Leaf {
            variables,
            ..Leaf::text(text, at.unwrap_or_default())
        }
    }

    fn interpolated(&self, path: &str, text: &str, at: Origin, layer: &mut Layer) -> Leaf {
        match interpolate(text, self.vars, self.unset) {
            Ok(done) => {
                layer.notices.extend(done.unset.iter().map(|name| {
                    format!("{path} uses the variable {name}, which is not set ({at})")
                }));
                let variable = |name: String| Variable {
                    source: (self.source)(&name),
                    name,
                };
                Leaf {
                    variables: done.variables.into_iter().map(variable).collect(),
                    ..Leaf::text(done.text, at)
                }
            }
            Err(error) if error.variable.is_some() => Leaf::missing(self.why_missing(error), at),
            Err(error) => {
                let problem = Problem::at(path, error.message, at.clone());
                layer.problems.push(problem);
                Leaf::broken(at)
            }
        }
    }

    fn why_missing(&self, error: InterpolationError) -> String {
        let undecodable = error
            .variable
            .filter(|name| self.undecodable.contains(name));
        undecodable.map_or(error.message, |name| {
            format!("variable {name} is not UTF-8")
        })
    }

    fn place(&self, node: &Node) -> Origin {
        place(self.path, node.line, node.column)
    }
}

fn takes_list(key: &Key) -> bool {
    match key.kind {
        Kind::Argv => true,
        Kind::Word(words) => words.iter().any(|word| word.contains(',')),
        _ => false,
    }
}
