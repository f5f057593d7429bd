//! What is wrong between files and ledger, for the commands that show where each migration stands all the same.

use howdah_migrate::{Error as MigrateError, Plan};
use serde_json::Value;

use crate::describe::describe;
use crate::{Error, Output};

pub(super) const STEP: &str = "comparing the files with the ledger";

/// What the command ends with when it has shown the plan.
pub(super) fn of(plan: &Plan) -> Option<Error> {
    let problems = plan.problems().to_vec();
    let refused = || Error::step(STEP)(MigrateError::Refused { problems });
    (!plan.problems().is_empty()).then(refused)
}

/// A name that is a slip looks like a new schema.
pub(super) fn missing_schema(plan: &Plan, output: &mut Output) {
    if !plan.schema_exists() {
        let schema = plan.schema();
        output.note(format_args!(
            "the schema {schema} does not exist: `up` creates it"
        ));
    }
}

/// The result, and why it is not the whole of it.
pub(super) fn with(mut value: Value, error: Option<&Error>) -> Value {
    if let (Some(error), Some(fields)) = (error, value.as_object_mut()) {
        fields.insert("error".to_owned(), describe(error));
    }
    value
}
