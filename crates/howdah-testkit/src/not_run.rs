use std::fs::File;
use std::io::{Write, stderr};

use crate::{Error, variables};

/// Writes down that a test did not run: on its own output, and as a line of the file that `HOWDAH_TEST_REPORT` names,
/// from which `cargo xtask test` counts.
pub(crate) fn note(test: &str, needs: &str, major: u16) -> Result<(), Error> {
    // Not by the macros, whose text the harness keeps to itself for a test that passes.
    let words =
        format!("howdah-testkit: not run: {test} needs {needs}, and the server is {major}\n");
    stderr()
        .write_all(words.as_bytes())
        .map_err(Error::step("saying that a test is not run"))?;
    let Some(path) = variables::report() else {
        return Ok(());
    };
    // One write each: several processes share the file.
    let line = format!("{test}\t{needs}\t{major}\n");
    let appended = File::options()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    appended.map_err(Error::step("writing HOWDAH_TEST_REPORT"))
}
