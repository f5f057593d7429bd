use howdah_migrate::Target;
use serde_json::json;

use super::json;
use super::place::Place;
use crate::{Error, Exit, Output};

/// What `up` would do, for psql.
pub(super) fn run(place: &Place, from: Option<i64>, output: &mut Output) -> Result<Exit, Error> {
    let from = from
        .map(|from| place.version_of("--from", from))
        .transpose()?;
    if let (Some(from), Target::Version(to)) = (from, place.options.target)
        && to < from
    {
        return Err(Error::Usage(format!(
            "--to {to} is older than --from {from}: a script leads forward"
        )));
    }
    let script = place
        .migrator()?
        .script(from)
        .map_err(Error::step("writing the script"))?;
    let value = json!({
        "schema": place.options.schema.as_str(),
        "steps": json::steps(script.steps()),
        "sql": script.to_string(),
    });
    output
        .result(&script, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
