use std::time::SystemTime;

/// The time, for the libraries, which never look at a clock themselves.
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the one place that reads the clock"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}
