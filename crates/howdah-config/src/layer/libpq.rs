//! libpq's environment variables.
//! <https://www.postgresql.org/docs/current/libpq-envars.html>

use std::collections::BTreeMap;

use super::{Layer, Leaf, Value};
use crate::keys::{find, find_alias};
use crate::{AliasPlace, Origin, Problem, Treatment, keys, options, parameters, value};

/// Variables of libpq that have no key, and the parameters they stand for.
const WITHOUT_KEY: &[(&str, &str)] = &[
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGGSSDELEGATION", "gssdelegation"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGGSSLIB", "gsslib"),
    ("PGKRBSRVNAME", "krbsrvname"),
    ("PGMAXPROTOCOLVERSION", "max_protocol_version"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGPASSFILE", "passfile"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCOMPRESSION", "sslcompression"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLSNI", "sslsni"),
];

/// Those that say where settings are, and not how safe a connection must be.
const HARMLESS: &[&str] = &["PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"];

impl Layer {
    /// The layer of libpq's variables.
    pub(crate) fn libpq(environment: &BTreeMap<String, String>) -> Self {
        let mut layer = Self::named("libpq's variables");
        for (name, text) in set_aliases(environment) {
            let origin = origin(name);
            let found = find_alias(name, AliasPlace::Libpq);
            if let Some((key, alias)) = found {
                layer.add(key, Some(alias), Leaf::text(text, origin));
            }
        }
        layer.split_options("database.session.options");
        for (name, why) in not_honoured(environment) {
            layer.refuse(name, why);
        }
        layer
    }

    fn refuse(&mut self, name: &str, why: &str) {
        let message = format!("cannot be honoured: {why}");
        if HARMLESS.contains(&name) {
            self.notices.push(format!("{name} {message}"));
        } else {
            self.problems.push(Problem::at(name, message, origin(name)));
        }
    }

    /// Takes out of libpq's `options` what has a key of its own.
    pub(super) fn split_options(&mut self, path: &'static str) {
        let Some(leaf) = self.leaves.get(path).cloned() else {
            return;
        };
        let Some(Ok(settings)) = leaf.as_text().map(options::parse) else {
            return;
        };
        let (own, rest): (Vec<_>, Vec<_>) = settings
            .into_iter()
            .partition(|(name, _)| key_of_option(name).is_some());
        for (name, text) in own {
            self.add_option(&name, &text, &leaf);
        }
        if let Some(leaf) = self.leaves.get_mut(path) {
            leaf.value = Value::Text(options::render(&rest));
        }
    }

    fn add_option(&mut self, name: &str, text: &str, options: &Leaf) {
        let Some(key) = key_of_option(name).and_then(find) else {
            return;
        };
        match option_value(name, text) {
            Ok(text) => {
                let leaf = Leaf {
                    value: Value::Text(text),
                    written: None,
                    ..options.clone()
                };
                self.leaves.insert(key.path, leaf);
            }
            Err(message) => {
                let at = options.origin.clone();
                self.problems.push(Problem::at(key.path, message, at));
            }
        }
    }
}

/// The key that a setting of the server has here.
pub(crate) fn key_of_option(name: &str) -> Option<&'static str> {
    match name {
        "search_path" => Some("database.schema"),
        "statement_timeout" => Some("database.session.statement_timeout"),
        "lock_timeout" => Some("database.session.lock_timeout"),
        "application_name" => Some("database.session.application_name"),
        _ => None,
    }
}

/// The server counts a bare number in milliseconds and writes `min` for minutes, and a search path may be quoted.
fn option_value(name: &str, text: &str) -> Result<String, String> {
    if name.ends_with("_timeout") {
        let is_bare = value::integer(text).is_ok();
        return Ok(match text.strip_suffix("min") {
            Some(minutes) => format!("{minutes}m"),
            None if is_bare => format!("{text}ms"),
            None => text.to_owned(),
        });
    }
    if name == "search_path" {
        let unquoted = text.trim().trim_matches('"');
        if unquoted.contains(',') {
            return Err("search_path names several schemas; database.schema is one".to_owned());
        }
        return Ok(unquoted.to_owned());
    }
    Ok(text.to_owned())
}

/// Notices and problems of libpq's variables where they are not read: a value that libpq would refuse is an error all
/// the same, because whoever set it meant something by it.
pub(crate) fn unread_libpq_variables(environment: &BTreeMap<String, String>) -> Layer {
    let read = Layer::libpq(environment);
    let mut layer = Layer::named("libpq's variables, not read");
    for name in ["database.tls.mode", "database.port"] {
        let leaf = read.leaves.get(name);
        layer.leaves.extend(
            leaf.cloned()
                .and_then(|leaf| Some((find(name)?.path, leaf))),
        );
    }
    let mut names: Vec<&str> = set_aliases(environment).map(|(name, _)| name).collect();
    names.extend(not_honoured(environment).map(|(name, _)| name));
    if !names.is_empty() {
        layer.notices.push(format!(
            "libpq's variables are not read: {}; `database.libpq_env: true` would read them",
            names.join(", ")
        ));
    }
    layer
}

fn set_aliases(
    environment: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'static str, &str)> {
    let aliases = keys()
        .iter()
        .flat_map(|key| key.aliases_in(AliasPlace::Libpq));
    aliases.filter_map(|alias| {
        let text = environment.get(alias.name)?;
        (!text.is_empty()).then_some((alias.name, text.as_str()))
    })
}

/// The variables that ask for what cannot be had, and why it cannot.
fn not_honoured(
    environment: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let set = WITHOUT_KEY.iter().filter_map(|(name, parameter)| {
        let text = environment.get(*name).filter(|text| !text.is_empty())?;
        let mut rows = parameters().iter();
        Some((*name, text, rows.find(|row| row.name == *parameter)?))
    });
    set.filter_map(|(name, text, row)| match row.treatment {
        Treatment::Refused { instead } => Some((name, instead)),
        Treatment::AcceptedOnly { values, reason } if !values.contains(&text.as_str()) => {
            Some((name, reason))
        }
        Treatment::AcceptedOnly { .. } | Treatment::Honoured(_) => None,
    })
}

fn origin(name: &str) -> Origin {
    Origin::Env {
        variable: name.to_owned(),
    }
}
