use std::error::Error as StdError;

use crate::Error;

/// A test without a database has failed, and says why with all causes.
#[expect(clippy::panic, reason = "that is how a test fails")]
#[track_caller]
pub(crate) fn expect<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| panic!("{}", chain(&error)))
}

/// An error and its causes, a line each.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str("\n  because: ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
