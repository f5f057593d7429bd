use std::collections::BTreeMap;

use figment::value::{Dict, Map, Value as FigmentValue};
use figment::{Figment, Metadata, Profile, Provider};

use super::{Layer, Leaf};
use crate::{Key, keys};

/// The sections of secrets: a stronger layer that gives one source of a secret replaces all of them.
const SECRETS: [&str; 3] = [
    "database.secrets.migrator.",
    "database.secrets.app.",
    "database.secrets.read_only.",
];

/// The strongest value of every key that has one.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    leaves: BTreeMap<&'static str, (usize, Leaf)>,
}

/// Merges the layers, the weakest first.
pub(crate) fn merge(layers: &[Layer]) -> Merged {
    let figment = layers.iter().fold(Figment::new(), Figment::merge);
    let root = figment.find_value("database").ok();
    let mut merged = Merged::default();
    for key in keys() {
        let Some(rank) = root
            .as_ref()
            .and_then(|root| winner(&figment, root, layers, key))
        else {
            continue;
        };
        if let Some(leaf) = layers
            .get(rank)
            .and_then(|layer| layer.leaves.get(key.path))
        {
            merged.leaves.insert(key.path, (rank, leaf.clone()));
        }
    }
    for section in SECRETS {
        merged.keep_strongest(section);
    }
    merged.drop_foreign_address();
    merged
}

impl Merged {
    pub(crate) fn leaf(&self, path: &str) -> Option<&Leaf> {
        self.leaves.get(path).map(|(_, leaf)| leaf)
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.leaf(path).and_then(Leaf::as_text)
    }

    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&'static str, &Leaf)> {
        self.leaves.iter().map(|(path, (_, leaf))| (*path, leaf))
    }

    /// Replaces a default that depends on other values.
    pub(crate) fn set_default(&mut self, path: &'static str, text: impl Into<String>) {
        if let Some((_, leaf)) = self.leaves.get_mut(path) {
            *leaf = Leaf::text(text, leaf.origin.clone());
        }
    }

    /// An address stands for the host of its own layer, and for no other one.
    fn drop_foreign_address(&mut self) {
        let rank = |path| self.leaves.get(path).map(|(rank, _)| *rank);
        if rank("database.hostaddr") < rank("database.host") {
            self.leaves.remove("database.hostaddr");
        }
    }

    fn keep_strongest(&mut self, section: &str) {
        let of_section = |path: &&str| path.starts_with(section);
        let ranked = self.leaves.iter().filter(|(path, _)| of_section(path));
        let strongest = ranked.map(|(_, (rank, _))| *rank).max();
        self.leaves
            .retain(|path, (rank, _)| !of_section(path) || Some(*rank) == strongest);
    }
}

/// The layer whose value figment chose. `root` is the section `database`: each look into figment itself would merge
/// everything again.
fn winner(figment: &Figment, root: &FigmentValue, layers: &[Layer], key: &Key) -> Option<usize> {
    let value = root.find_ref(key.path.strip_prefix("database.")?)?;
    let name = &figment.get_metadata(value.tag())?.name;
    layers.iter().position(|layer| layer.name == *name)
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let mut root = Dict::new();
        for (path, leaf) in &self.leaves {
            insert(&mut root, path, leaf.as_text().unwrap_or_default());
        }
        Ok(Map::from([(Profile::Default, root)]))
    }
}

/// Texts stay texts: figment is given nothing that it could take for a number.
fn insert(dict: &mut Dict, path: &str, text: &str) {
    let Some((section, rest)) = path.split_once('.') else {
        dict.insert(path.to_owned(), FigmentValue::from(text));
        return;
    };
    let entry = dict
        .entry(section.to_owned())
        .or_insert_with(|| FigmentValue::from(Dict::new()));
    if let FigmentValue::Dict(_, inner) = entry {
        insert(inner, rest, text);
    }
}
