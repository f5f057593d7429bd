use std::collections::{BTreeMap, BTreeSet};

use crate::interpolate::split_name;
use crate::keys::find;
use crate::layer::{Layer, Leaf};
use crate::{Key, Kind};

/// What a variable that holds a secret is called in most places.
const TELLTALE: [&str; 6] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "_PW", "_PASS"];

/// The variables that hold secrets, by a setting or by their name: what comes from them is never shown.
#[derive(Default)]
pub(crate) struct Sensitive {
    variables: BTreeSet<String>,
    /// Where the values of variables are looked up.
    environment: BTreeMap<String, String>,
}

impl Sensitive {
    /// The variables that the layers name as `secrets.*.env`.
    pub(crate) fn of(layers: &[Layer], environment: &BTreeMap<String, String>) -> Self {
        let leaves = layers.iter().flat_map(|layer| &layer.leaves);
        let named =
            leaves.filter(|(path, _)| find(path).is_some_and(|key| key.kind == Kind::VariableName));
        let variables = named.filter_map(|(_, leaf)| leaf.as_text().map(str::to_owned));
        Self {
            variables: variables.collect(),
            environment: environment.clone(),
        }
    }

    /// Whether a value that came from a variable with a secret is part of the text.
    pub(crate) fn holds(&self, leaf: &Leaf) -> bool {
        leaf.variables
            .iter()
            .any(|variable| self.is_secret(&variable.name))
    }

    /// What a problem may show: not where a password was written for the name of its variable.
    pub(crate) fn shown(&self, key: &Key, leaf: &Leaf) -> Option<String> {
        let never = matches!(
            key.kind,
            Kind::VariableName | Kind::Url | Kind::Secret | Kind::Argv
        );
        if never || self.holds(leaf) {
            return None;
        }
        let text = leaf.as_written()?;
        let is_pasted_url = text.contains("://") || text.trim_start_matches('@').contains('@');
        (!is_pasted_url).then(|| text.to_owned())
    }

    /// What is wrong with the secrets in a connection URL, before it is even parsed: their characters would be taken
    /// for its structure.
    pub(crate) fn in_url(&self, leaf: &Leaf, text: &str) -> Option<String> {
        let user_and_password = credentials(text)?;
        self.path_in(leaf, user_and_password)
            .map(|name| path_message(&name))
            .or_else(|| {
                Some(reserved_message(
                    &self.reserved_in(leaf, user_and_password)?,
                ))
            })
    }

    /// The variable that brings the path of a file where the password belongs.
    fn path_in(&self, leaf: &Leaf, credentials: &str) -> Option<String> {
        let used = leaf.variables.iter().map(|variable| variable.name.as_str());
        let used = used.filter(|name| {
            let value = self.value(name);
            value.is_some_and(|value| credentials.contains(value))
        });
        let is_path = |name: &&str| self.value(name).is_some_and(|value| value.starts_with('/'));
        let found = used.chain(references(credentials)).find(is_path);
        let password = || credentials.split_once(':').map(|(_, password)| password);
        found
            .map(str::to_owned)
            .or_else(|| self.named_by_path(password()?))
    }

    /// The variable whose value was pasted, rather one that is called like a password than like a file.
    fn named_by_path(&self, password: &str) -> Option<String> {
        let is_path = password.starts_with('/');
        let same = self
            .environment
            .iter()
            .filter(|(_, value)| is_path && *value == password);
        let called_file = |name: &&String| name.contains("FILE") || name.contains("PATH");
        same.map(|(name, _)| name).min_by_key(called_file).cloned()
    }

    fn reserved_in(&self, leaf: &Leaf, credentials: &str) -> Option<String> {
        let reserved = |value: &str| value.contains(|c: char| "@/#?:%[] ".contains(c));
        let names = leaf.variables.iter().map(|variable| &variable.name);
        let mut secrets = names.filter(|name| self.is_secret(name));
        let culprit = secrets.find(|name| {
            self.value(name)
                .is_some_and(|value| reserved(value) && credentials.contains(value))
        });
        culprit.cloned()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str)
    }

    fn is_secret(&self, name: &str) -> bool {
        let upper = name.to_uppercase();
        self.variables.contains(name) || TELLTALE.iter().any(|part| upper.contains(part))
    }
}

/// What stands between `://` and the last `@`.
fn credentials(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    Some(rest.rsplit_once('@')?.0)
}

/// The names in `$NAME` and `${NAME}`, which nobody has replaced.
fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split('$').skip(1).map(|behind| {
        let (name, _) = split_name(behind.strip_prefix('{').unwrap_or(behind));
        name
    })
}

fn path_message(name: &str) -> String {
    format!(
        "the password in the URL comes from {name}, whose value is the path of a secret file; name that file as \
         `database.secrets.app.file`, and leave the password out of the URL"
    )
}

fn reserved_message(name: &str) -> String {
    format!(
        "the value of {name} holds characters that mean something else in a URL; leave the password out of the URL, \
         and write `database.secrets.app.env: {name}`"
    )
}
