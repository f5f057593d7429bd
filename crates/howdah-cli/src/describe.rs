use std::error::Error as StdError;
use std::iter::successors;

use howdah_config::Error as SettingsError;
use howdah_migrate::{Error as MigrateError, Failure, Problem};
use howdah_roles::Error as RolesError;
use serde_json::{Map, Value, json};

use crate::Error;
use crate::command::roles::InManifest;
use crate::output::causes;

/// An error as JSON: what a command ends with, and what one of many schemas does. There is only what is known.
pub(crate) fn describe(error: &(dyn StdError + 'static)) -> Value {
    let failure = find(error, failure);
    let mut fields = Map::new();
    fields.insert("message".to_owned(), error.to_string().into());
    put(&mut fields, "causes", causes(error).into());
    put(&mut fields, "sqlstate", find(error, sqlstate).into());
    put(&mut fields, "problems", find(error, problems).into());
    put(&mut fields, "failure", failure.into());
    Value::Object(fields)
}

/// One thing that is wrong with a migration or the ledger.
pub(crate) fn problem(problem: &Problem) -> Value {
    known(json!({
        "place": problem.place,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }))
}

fn put(fields: &mut Map<String, Value>, name: &str, value: Value) {
    let is_empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    if !is_empty {
        fields.insert(name.to_owned(), value);
    }
}

fn known(value: Value) -> Value {
    let Value::Object(mut fields) = value else {
        return value;
    };
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

/// Of the error, or of the first of its causes that has it.
fn find<T>(
    error: &(dyn StdError + 'static),
    part: impl Fn(&(dyn StdError + 'static)) -> Option<T>,
) -> Option<T> {
    successors(Some(error), |error| (*error).source()).find_map(part)
}

/// What a run that was stopped had cancelled is boxed.
fn migration<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a MigrateError> {
    let boxed = error.downcast_ref::<Box<MigrateError>>();
    boxed.map(|boxed| &**boxed).or(error.downcast_ref())
}

fn sqlstate(error: &(dyn StdError + 'static)) -> Option<String> {
    let driver = || {
        let boxed = error.downcast_ref::<Box<sqlx::Error>>();
        let driver = boxed.map(|boxed| &**boxed).or(error.downcast_ref())?;
        let code = driver.as_database_error()?.code()?;
        Some(code.into_owned())
    };
    let migration = migration(error).and_then(MigrateError::sqlstate);
    migration.or_else(driver)
}

fn problems(error: &(dyn StdError + 'static)) -> Option<Vec<Value>> {
    if let Some(
        MigrateError::Files { problems }
        | MigrateError::Refused { problems }
        | MigrateError::Schemas { problems },
    ) = migration(error)
    {
        return Some(problems.iter().map(problem).collect());
    }
    if let Some(SettingsError::Invalid { problems }) = error.downcast_ref() {
        return Some(problems.iter().map(of_settings).collect());
    }
    if let Some(InManifest { path, source }) = error.downcast_ref()
        && let RolesError::Manifest { problems } = source
    {
        let of_manifest = |problem: &howdah_roles::Problem| {
            json!({
                "place": path.display().to_string(),
                "path": problem.place,
                "message": problem.message,
            })
        };
        return Some(problems.iter().map(of_manifest).collect());
    }
    let lines = lines(error)?;
    let line = |line: &String| json!({ "message": line });
    Some(lines.iter().map(line).collect())
}

/// What an error lists without saying where it is.
fn lines<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a [String]> {
    if let Some(Error::Verification { findings }) = error.downcast_ref() {
        return Some(findings);
    }
    match error.downcast_ref()? {
        RolesError::Lacking { lacking } => Some(lacking),
        RolesError::NotEffective { left } => Some(left),
        _ => None,
    }
}

fn of_settings(problem: &howdah_config::Problem) -> Value {
    json!({
        "place": problem.origin.to_string(),
        "path": problem.path,
        "message": problem.message,
    })
}

fn failure(error: &(dyn StdError + 'static)) -> Option<Value> {
    match migration(error)? {
        MigrateError::Migration { failure } | MigrateError::Blocked { failure, .. } => {
            Some(of_file(failure))
        }
        _ => None,
    }
}

fn of_file(failure: &Failure) -> Value {
    known(json!({
        "file": failure.file,
        "code": failure.code,
        "line": failure.line,
        "column": failure.column,
        "text": failure.text,
        "sqlstate": failure.sqlstate,
        "message": failure.message,
        "detail": failure.detail,
        "hint": failure.hint,
        "context": failure.context,
        "next": failure.next,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_there() {
        let error = Error::Usage("no such thing".to_owned());
        assert_eq!(describe(&error), json!({ "message": "no such thing" }));
    }

    #[test]
    fn the_code_of_the_server_is_found_below_the_step_that_failed() {
        let driver = sqlx::Error::RowNotFound;
        let error = Error::step("asking")(driver);
        let wanted = json!({
            "message": "asking failed",
            "causes": ["no rows returned by a query that expected to return at least one row"],
        });
        assert_eq!(describe(&error), wanted);
    }
}
