use std::collections::BTreeMap;

/// The environment of this process, for the libraries, which never read it themselves.
///
/// Variables that are not UTF-8 are left out: no setting and no secret can have such a value.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the one place that reads the process environment"
)]
pub fn process_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
