use std::error::Error as _;
use std::fmt;

use howdah_config::{Environment, Loaded, Origin};
use howdah_secrets::SecretRef;
use serde_json::{Value, json};

use crate::{Output, settings};

/// A secret that the settings name and that cannot be used.
pub(super) struct SecretProblem {
    path: String,
    message: String,
    origin: Origin,
}

/// Reads every secret that the settings name. Outside of production, one that is not there is only noted: `db-up`
/// generates it.
pub(super) fn check(loaded: &Loaded, output: &mut Output) -> Vec<SecretProblem> {
    let secrets = &loaded.database.secrets;
    let named = [
        ("migrator", &secrets.migrator),
        ("app", &secrets.app),
        ("read_only", &secrets.read_only),
    ];
    let mut problems = Vec::new();
    for (name, reference) in named {
        let Some(origin) = origin(loaded, name) else {
            continue;
        };
        let path = format!("database.secrets.{name}");
        if may_be_generated(loaded, reference) {
            output.note(format_args!(
                "{path} is not there ({origin}); `db-up` generates one"
            ));
        } else if let Err(error) = settings::resolve(loaded, reference, output) {
            problems.push(SecretProblem {
                path,
                message: message(&error),
                origin: origin.clone(),
            });
        }
    }
    problems
}

/// Where the first of its sources was named; `None`: nowhere.
fn origin<'a>(loaded: &'a Loaded, name: &str) -> Option<&'a Origin> {
    let sources = ["file", "env", "credential", "command", "value"];
    let origins = sources.map(|source| loaded.origin(&format!("database.secrets.{name}.{source}")));
    origins
        .into_iter()
        .find(|origin| **origin != Origin::Default)
}

fn may_be_generated(loaded: &Loaded, reference: &SecretRef) -> bool {
    loaded.database.environment != Environment::Production && !loaded.has_secret(reference)
}

fn message(error: &howdah_secrets::Error) -> String {
    let cause = error.source();
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl SecretProblem {
    /// The same fields as a problem of the settings.
    pub(super) fn json(&self) -> Value {
        json!({
            "path": self.path,
            "name": null,
            "value": null,
            "message": self.message,
            "expected": null,
            "variables": [],
            "origin": self.origin.to_string(),
        })
    }
}

impl fmt::Display for SecretProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.origin, self.path, self.message)
    }
}
