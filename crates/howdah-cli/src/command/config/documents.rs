use serde_json::Value;

use crate::documents::{reference_json, render_reference, render_schema};
use crate::{Error, Exit, Output};

const STEP: &str = "printing the result";

/// `howdah config reference`
pub(super) fn reference(output: &mut Output) -> Result<Exit, Error> {
    output
        .result(render_reference(), &reference_json())
        .map_err(Error::step(STEP))?;
    Ok(Exit::Ok)
}

/// `howdah config schema`: JSON with and without `--json`
pub(super) fn schema(output: &mut Output) -> Result<Exit, Error> {
    let text = render_schema();
    let value: Value = serde_json::from_str(&text).map_err(Error::step(STEP))?;
    output.result(text, &value).map_err(Error::step(STEP))?;
    Ok(Exit::Ok)
}
