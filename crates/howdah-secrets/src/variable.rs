use std::collections::BTreeMap;
use std::path::Path;

use crate::{Error, Origin, Resolved, Rules, content, sources};

type Env = BTreeMap<String, String>;

/// The variable, and the one that may name its file.
pub(crate) fn names(name: &str) -> [String; 2] {
    [name.to_owned(), file_variable(name)]
}

/// Whether the variable is set, whatever it holds, or the one that names its file.
pub(crate) fn is_set(name: &str, env: &Env) -> bool {
    env.contains_key(name) || file_of(name, env).is_some()
}

/// The variable, or the file that `<variable>_FILE` names, as in Docker's official images
/// (<https://github.com/docker-library/postgres/blob/master/docker-entrypoint.sh>, `file_env`).
pub(crate) fn resolve(
    name: &str,
    missing_file: Option<&Path>,
    env: &Env,
    rules: Rules,
) -> Result<Resolved, Error> {
    match (env.get(name), file_of(name, env)) {
        (Some(text), Some(_)) if !text.is_empty() => Err(Error::Ambiguous {
            first: Origin::Env(name.to_owned()),
            second: Origin::Env(file_variable(name)),
            why: "both are set; unset one of them",
        }),
        (_, Some(file)) => sources::from_file(Path::new(file), env, rules),
        (Some(text), None) => from_text(name, text, rules),
        (None, None) => Err(Error::Unset {
            variable: name.to_owned(),
            missing_file: missing_file.map(Path::to_owned),
        }),
    }
}

fn file_variable(name: &str) -> String {
    format!("{name}_FILE")
}

/// Empty counts as unset: compose files write `X_FILE: ${X_FILE:-}`.
fn file_of<'a>(name: &str, env: &'a Env) -> Option<&'a str> {
    let file = env.get(&file_variable(name))?;
    Some(file.as_str()).filter(|file| !file.is_empty())
}

fn from_text(name: &str, text: &str, rules: Rules) -> Result<Resolved, Error> {
    let origin = Origin::Env(name.to_owned());
    let mut warnings = Vec::new();
    if is_path(text) {
        let why = format!(
            "holds the path of a file, not a secret; name the file as the secret's `file`, or set {}",
            file_variable(name)
        );
        if rules == Rules::Production {
            let what = origin.to_string();
            return Err(Error::Unusable { what, why });
        }
        warnings.push(format!("{origin} {why}"));
    }
    let secret = content::from_text(text, &origin, rules, &mut warnings)?;
    if rules == Rules::Production {
        warnings.push(format!(
            "{origin} holds a secret, which child processes inherit and the container engine shows; a secret file is \
             safer"
        ));
    }
    Ok(Resolved {
        secret,
        origin,
        warnings,
    })
}

/// Whether a path stands where the secret should. What an engine mounts need not be there yet.
fn is_path(text: &str) -> bool {
    text.starts_with("/run/secrets/") || (text.contains('/') && Path::new(text).is_file())
}
