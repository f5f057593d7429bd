use howdah_migrate::Report;

use super::json;
use crate::{Error, Exit, Output};

/// What a run did; `nothing` is said of one that had nothing to do.
pub(super) fn print(report: &Report, nothing: &str, output: &mut Output) -> Result<Exit, Error> {
    let text = if report.is_empty() {
        format!("{nothing}\n")
    } else {
        format!("{report}\n")
    };
    output
        .result(text, &json::report(report))
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
