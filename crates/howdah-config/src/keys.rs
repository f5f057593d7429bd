//! The one list of keys: loading, problems, and what is printed about them all come from these rows.

mod alias;
mod table;

pub use alias::{Alias, AliasPlace, Reads};

use crate::nearest::nearest;

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A whole number.
    Integer,
    /// `30s`, `500ms`, `1h30m`; a bare number is seconds.
    Duration,
    /// `true` or `false`.
    Boolean,
    /// Any text of one line.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of a role.
    RoleName,
    /// The name of a schema.
    SchemaName,
    /// The name of a database.
    DatabaseName,
    /// The path of a file or a directory.
    Path,
    /// The name of an environment variable (which holds a secret).
    VariableName,
    /// Host names, addresses or socket directories, with commas between them.
    Hosts,
    /// IP addresses, with commas between them.
    Addresses,
    /// Port numbers, with commas between them.
    Ports,
    /// libpq's `options`: `-c name=value` or `--name=value`, with spaces between them.
    Options,
    /// A command and its arguments: a list in the file, a JSON array of texts in a variable.
    Argv,
    /// A connection URL. Never shown.
    Url,
    /// A secret itself. Never shown.
    Secret,
}

/// One setting: a leaf of the typed settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// Its place, `database.pool.size`.
    pub path: &'static str,
    /// What its value must look like.
    pub kind: Kind,
    /// The default as it would be written; `None`: not set.
    pub default: Option<&'static str>,
    /// What is allowed beyond the kind, in words; may be empty.
    pub bound: &'static str,
    /// What it is, one line.
    pub doc: &'static str,
    /// Its other names.
    pub aliases: &'static [Alias],
}

impl Key {
    /// What stands for an item of a list.
    pub(crate) const ITEM: Self = Self {
        path: "",
        kind: Kind::Text,
        default: Some(""),
        bound: "",
        doc: "",
        aliases: &[],
    };

    /// The environment variable of this key: `HOWDAH__DATABASE__POOL__SIZE` for the prefix `HOWDAH`.
    pub fn variable(&self, prefix: &str) -> String {
        variable(prefix, self.path)
    }

    /// Its other names in one place.
    pub(crate) fn aliases_in(&self, place: AliasPlace) -> impl Iterator<Item = &'static Alias> {
        self.aliases
            .iter()
            .filter(move |alias| alias.place == place)
    }
}

/// Every key, in the order of the documentation.
pub fn keys() -> &'static [Key] {
    table::KEYS
}

/// The variable of a path, be it a key or a section.
pub(crate) fn variable(prefix: &str, path: &str) -> String {
    format!("{prefix}__{}", path.to_uppercase().replace('.', "__"))
}

pub(crate) fn find(path: &str) -> Option<&'static Key> {
    keys().iter().find(|key| key.path == path)
}

/// The key that has this other name.
pub(crate) fn find_alias(name: &str, place: AliasPlace) -> Option<(&'static Key, &'static Alias)> {
    keys().iter().find_map(|key| {
        let alias = key.aliases_in(place).find(|alias| alias.name == name)?;
        Some((key, alias))
    })
}

/// Whether keys, or their other names, stand below this path of a file.
pub(crate) fn is_section(path: &str) -> bool {
    let is_below = |name: &str| {
        name.strip_prefix(path)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    keys().iter().any(|key| {
        is_below(key.path)
            || key
                .aliases_in(AliasPlace::File)
                .any(|alias| is_below(alias.name))
    })
}

/// ` (did you mean ...?)`, or nothing.
pub(crate) fn suggestion(path: &str) -> String {
    if is_password(path) {
        return "; name the password's file or variable below `database.secrets.app`".to_owned();
    }
    meant(path).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// Whether somebody wants to write a password down.
pub(crate) fn is_password(name: &str) -> bool {
    let name = name.to_lowercase();
    ["password", "passwd"]
        .iter()
        .any(|word| name.ends_with(word))
}

/// The known key or section that an unknown path was meant to be, as it would be written below `database`.
fn meant(path: &str) -> Option<String> {
    if let Some(relative) = path.strip_prefix("database.") {
        return meant_below(relative).map(str::to_owned);
    }
    nearest(path, ["database"])
        .map(str::to_owned)
        .or_else(|| Some(format!("database.{}", meant_below(path)?)))
}

/// A right name in the wrong section counts: `size` is `pool.size`.
fn meant_below(relative: &str) -> Option<&'static str> {
    let known = || {
        keys()
            .iter()
            .filter_map(|key| key.path.strip_prefix("database."))
    };
    nearest(relative, known())
        .or_else(|| nearest(relative, known().filter_map(section_of)))
        .or_else(|| meant_by_last_segment(relative))
}

fn section_of(path: &'static str) -> Option<&'static str> {
    path.rsplit_once('.').map(|(section, _)| section)
}

fn meant_by_last_segment(path: &str) -> Option<&'static str> {
    let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
    let wanted = path.rsplit('.').next().unwrap_or(path);
    let name = nearest(wanted, keys().iter().map(|key| last(key.path)))?;
    let key = keys().iter().find(|key| last(key.path) == name)?;
    key.path.strip_prefix("database.")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_path_and_no_other_name_stands_twice() {
        let paths: BTreeSet<_> = keys().iter().map(|key| key.path).collect();
        assert_eq!(paths.len(), keys().len());
        let names = keys().iter().flat_map(|key| key.aliases);
        let names: Vec<_> = names.map(|alias| alias.name).collect();
        assert!(names.iter().all(|name| !paths.contains(name)));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn every_row_is_documented_in_one_line() {
        for key in keys() {
            assert!(
                !key.doc.is_empty() && !key.doc.contains('\n'),
                "{}",
                key.path
            );
        }
    }

    #[test]
    fn the_variable_is_made_from_prefix_and_path() {
        let key = find("database.secrets.read_only.file").unwrap();
        assert_eq!(
            key.variable("APP"),
            "APP__DATABASE__SECRETS__READ_ONLY__FILE"
        );
    }

    #[test]
    fn sections_are_known() {
        assert!(is_section("database") && is_section("database.secrets.app"));
        assert!(!is_section("database.port") && !is_section("database.poo") && !is_section(""));
    }

    #[test]
    fn an_unknown_name_is_led_to_the_nearest_one() {
        for (unknown, known) in [
            ("database.pool.sizee", Some("pool.size")),
            ("database.pool_size", Some("pool.size")),
            ("database.size", Some("pool.size")),
            ("database.pol", Some("pool")),
            ("databse", Some("database")),
            ("pool", Some("database.pool")),
            ("database.colour", None),
        ] {
            assert_eq!(meant(unknown).as_deref(), known, "{unknown}");
        }
    }
}
