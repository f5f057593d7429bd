use std::collections::BTreeMap;
use std::env::VarsOs;
use std::ffi::OsString;

/// The environment of this process, for the libraries, which never read it themselves.
///
/// Variables that are not UTF-8 are left out: no setting and no secret can have such a value.
pub fn process_environment() -> BTreeMap<String, String> {
    let decoded = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    process_environment_os().filter_map(decoded).collect()
}

/// The same as the system gives it, for the settings, which name a variable that is not UTF-8.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the one place that reads the process environment"
)]
pub(crate) fn process_environment_os() -> VarsOs {
    std::env::vars_os()
}
