use std::collections::{BTreeMap, BTreeSet};

use super::{Layer, Leaf, Variable};
use crate::keys::{find_alias, is_password, variable};
use crate::nearest::nearest;
use crate::{Alias, AliasPlace, Key, Origin, Problem, Reads, keys};

/// The prefix below which everything is ours.
const OURS: &str = "HOWDAH";

/// A set of environment variables.
pub(crate) struct Variables<'a> {
    pub(crate) values: &'a BTreeMap<String, String>,
    /// Those whose values are not UTF-8.
    pub(crate) undecodable: &'a BTreeSet<String>,
    pub(crate) prefix: &'a str,
    /// Where a variable stands.
    pub(crate) origin: &'a dyn Fn(&str) -> Origin,
    /// The variables that its value was made with.
    pub(crate) made_with: &'a dyn Fn(&str) -> Vec<Variable>,
}

impl Variables<'_> {
    /// Their layer: those of the keys, and their other names.
    pub(crate) fn layer(&self, name: impl Into<String>) -> Layer {
        let mut layer = Layer::named(name);
        for key in keys() {
            self.add_values_of(key, &mut layer);
        }
        let start = format!("{}__", self.prefix);
        let undecodable = self.undecodable.iter();
        for name in undecodable.filter(|name| name.starts_with(&start) || is_alias(name)) {
            let problem = Problem::at(name, "is not UTF-8", (self.origin)(name));
            layer.problems.push(problem);
        }
        layer.notices.extend(self.unread_url_file());
        let nearly = format!("{}_DATABASE_", self.prefix);
        let of_ours = |name: &&String| name.starts_with(&start) || name.starts_with(&nearly);
        for name in self.values.keys().filter(of_ours) {
            if let Some(message) = why_unknown(name, self.prefix) {
                let problem = Problem::at(name, message, (self.origin)(name));
                layer.problems.push(problem);
            }
        }
        layer
    }

    fn add_values_of(&self, key: &'static Key, layer: &mut Layer) {
        let own = key.variable(self.prefix);
        if let Some(text) = self.values.get(&own) {
            layer.add(key, None, self.leaf(&own, text));
        }
        for alias in key.aliases_in(AliasPlace::Variable) {
            if let Some((name, text)) = self.given(alias) {
                layer.add(key, Some(alias), self.leaf(&name, text));
            }
        }
    }

    /// The variable, or where it holds a secret, the one that names its file: `X_FILE` for `X`.
    fn given(&self, alias: &Alias) -> Option<(String, &str)> {
        let value = |name: String| {
            let text = self.values.get(&name).filter(|text| !text.is_empty())?;
            Some((name, text.as_str()))
        };
        let file = || value(format!("{}_FILE", alias.name));
        let file = || (alias.reads == Reads::Secret).then(file).flatten();
        value(alias.name.to_owned()).or_else(file)
    }

    /// Whoever sets it expects it to be read.
    fn unread_url_file(&self) -> Option<String> {
        self.values
            .get("DATABASE_URL_FILE")
            .filter(|text| !text.is_empty())?;
        let notice = "DATABASE_URL_FILE is not read: leave the password out of DATABASE_URL, and name its file with \
                      DATABASE_PASSWORD_FILE_PATH";
        Some(notice.to_owned())
    }

    fn leaf(&self, name: &str, text: &str) -> Leaf {
        Leaf {
            variables: (self.made_with)(name),
            ..Leaf::text(text, (self.origin)(name))
        }
    }
}

fn is_alias(name: &str) -> bool {
    find_alias(name, AliasPlace::Variable).is_some()
}

/// Why a variable below the prefix sets nothing; `None` when it is a key's, or of a section of the service's own.
fn why_unknown(name: &str, prefix: &str) -> Option<String> {
    let known: Vec<String> = keys().iter().map(|key| key.variable(prefix)).collect();
    if known.iter().any(|key| key == name) || is_of_the_service(name, prefix) {
        return None;
    }
    let below = format!("{name}__");
    if let Some(example) = known.iter().find(|key| key.starts_with(&below)) {
        return Some(format!(
            "is a section and takes no value; set its keys, for example {example}"
        ));
    }
    if is_password(name) {
        let example = variable(prefix, "database.secrets.app.file");
        return Some(format!(
            "is not a known variable; name the password's file with {example}"
        ));
    }
    let meant = meant(name, prefix, &known);
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean {name}?"));
    Some(format!("is not a known variable{meant}"))
}

/// Below a prefix of its own a service has sections of its own, as in its settings file.
fn is_of_the_service(name: &str, prefix: &str) -> bool {
    let rest = name.get(prefix.len() + 2..).unwrap_or_default();
    let section = rest.split("__").next().unwrap_or_default();
    prefix != OURS && nearest(section, ["DATABASE"]).is_none()
}

fn meant(name: &str, prefix: &str, known: &[String]) -> Option<String> {
    let start = variable(prefix, "database") + "__";
    let Some(rest) = name.strip_prefix(&start) else {
        return nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
    };
    let relative = |key: &Key| key.path.strip_prefix("database.");
    let path = nearest(rest, keys().iter().filter_map(relative));
    let other = || alias_below_database(rest);
    path.map(str::to_owned)
        .or_else(other)
        .map(|path| variable(prefix, &format!("database.{path}")))
}

/// `POOL_SIZE`, as in another name of the file's key, is `pool.size`.
fn alias_below_database(rest: &str) -> Option<String> {
    let wanted = format!("database.{}", rest.to_lowercase());
    let (key, _) = find_alias(&wanted, AliasPlace::File)?;
    key.path.strip_prefix("database.").map(str::to_owned)
}
