//! Which of the sources of a reference is asked.

use std::collections::BTreeMap;
use std::path::Path;

use crate::open_file::is_there;
use crate::secret_file::SecretFile;
use crate::{
    Error, InlineSecret, Order, Origin, Resolved, Rules, SecretCommand, SecretRef, content,
    credential, read_file, variable,
};

type Env = BTreeMap<String, String>;

pub(crate) fn is_present(reference: &SecretRef, env: &Env) -> bool {
    let credential = reference.credential.as_deref();
    has_file(reference)
        || has_variable(reference, env)
        || credential.is_some_and(|name| credential::is_present(name, env))
        || reference.command.is_some()
        || reference.value.is_some()
}

pub(crate) fn resolve(reference: &SecretRef, env: &Env, rules: Rules) -> Result<Resolved, Error> {
    check_exclusive(reference)?;
    if let Some(name) = &reference.credential {
        return credential::resolve(name, env, rules);
    }
    if let Some(command) = &reference.command {
        return command.resolve(rules);
    }
    let Some(inline) = &reference.value else {
        return from_file_or_variable(reference, env, rules);
    };
    let inline = from_value(inline, rules)?;
    if !has_file(reference) && !has_variable(reference, env) {
        return Ok(inline);
    }
    let resolved = from_file_or_variable(reference, env, rules)?;
    if resolved.secret == inline.secret {
        return Ok(resolved);
    }
    Err(Error::Ambiguous {
        first: inline.origin,
        second: resolved.origin,
        why: "they hold different secrets; remove one of them",
    })
}

/// The part of the environment that the reference looks at.
pub(crate) fn variables_of(reference: &SecretRef, mut env: Env) -> Env {
    let variables = reference.env.as_deref().map(variable::names);
    let names = variables.into_iter().flatten();
    let names: Vec<String> = names.chain([credential::VARIABLE.to_owned()]).collect();
    env.retain(|name, _| names.contains(name));
    env
}

/// File and variable go together, and a value beside them; nothing else does.
fn check_exclusive(reference: &SecretRef) -> Result<(), Error> {
    let lone = [
        reference.credential.clone().map(Origin::Credential),
        reference.command.as_ref().map(SecretCommand::origin),
    ];
    let others = [
        reference.file.clone().map(Origin::File),
        reference.env.clone().map(Origin::Env),
        reference
            .value
            .clone()
            .map(|value| Origin::Value(value.origin)),
    ];
    let mut all = lone.into_iter().flatten();
    let Some(first) = all.next() else {
        return Ok(());
    };
    match all.chain(others.into_iter().flatten()).next() {
        None => Ok(()),
        Some(second) => Err(Error::Ambiguous {
            first,
            second,
            why: "only a file and a variable go together; keep one of them",
        }),
    }
}

fn from_file_or_variable(
    reference: &SecretRef,
    env: &Env,
    rules: Rules,
) -> Result<Resolved, Error> {
    let in_file = |file| from_file(file, env, rules);
    let in_variable = |name: &str, missing_file| variable::resolve(name, missing_file, env, rules);
    match (&reference.file, &reference.env, reference.order) {
        (None, None, _) => Err(Error::NoSource),
        (Some(file), None, _) => in_file(file),
        (None, Some(name), _) => in_variable(name, None),
        (Some(file), Some(_), Order::FileThenEnv) if is_there(file) => in_file(file),
        (Some(file), Some(name), Order::EnvThenFile)
            if !variable::is_set(name, env) && is_there(file) =>
        {
            in_file(file)
        }
        (Some(file), Some(name), _) => in_variable(name, Some(file)),
    }
}

pub(crate) fn from_file(file: &Path, env: &Env, rules: Rules) -> Result<Resolved, Error> {
    let opened = SecretFile::at(file).with_credentials(credential::directory(env));
    let (secret, warnings) = read_file::read(&opened, rules)?;
    Ok(Resolved {
        secret,
        origin: Origin::File(file.to_owned()),
        warnings,
    })
}

fn from_value(inline: &InlineSecret, rules: Rules) -> Result<Resolved, Error> {
    let origin = Origin::Value(inline.origin.clone());
    if rules == Rules::Production {
        return Err(Error::Unusable {
            what: origin.to_string(),
            why: "is not allowed in production, where settings are no place for a secret; use a secret file".to_owned(),
        });
    }
    let mut warnings = Vec::new();
    let secret = content::from_text(inline.secret.expose(), &origin, rules, &mut warnings)?;
    Ok(Resolved {
        secret,
        origin,
        warnings,
    })
}

fn has_file(reference: &SecretRef) -> bool {
    reference.file.as_deref().is_some_and(is_there)
}

fn has_variable(reference: &SecretRef, env: &Env) -> bool {
    let name = reference.env.as_deref();
    name.is_some_and(|name| variable::is_set(name, env))
}
