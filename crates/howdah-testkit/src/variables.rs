use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use crate::Error;

/// Tests are run by a person or by CI; their environment is how both choose the server.
static ENVIRONMENT: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no caller that could hand the environment over"
    )]
    let variables = std::env::vars_os();
    variables
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
});

const LINGER: Duration = Duration::from_secs(2);

/// Which backend makes servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Auto,
    Local,
    Container,
}

/// What happens to a database at the end of its test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Always,
    Failure,
    Never,
}

/// The process environment.
pub(crate) fn environment() -> &'static BTreeMap<String, String> {
    &ENVIRONMENT
}

/// `HOWDAH_TEST_SERVER`: a running server.
pub(crate) fn server() -> Option<&'static str> {
    set("HOWDAH_TEST_SERVER")
}

/// `HOWDAH_TEST_IMAGE`: the image of containers.
pub(crate) fn image() -> Option<&'static str> {
    set("HOWDAH_TEST_IMAGE")
}

/// `HOWDAH_TEST_REPORT`: where tests that did not run are written down.
pub(crate) fn report() -> Option<PathBuf> {
    set("HOWDAH_TEST_REPORT").map(PathBuf::from)
}

/// `HOWDAH_TEST_DIR`: where servers of the kit have their files, in place of memory or the temporary directory.
pub(crate) fn directory() -> Option<PathBuf> {
    set("HOWDAH_TEST_DIR").map(PathBuf::from)
}

/// `HOWDAH_TEST_BACKEND`.
pub(crate) fn backend() -> Result<Backend, Error> {
    match set("HOWDAH_TEST_BACKEND") {
        None | Some("auto") => Ok(Backend::Auto),
        Some("local") => Ok(Backend::Local),
        Some("container") => Ok(Backend::Container),
        Some(_) => Err(wrong(
            "HOWDAH_TEST_BACKEND",
            "must be local, container or auto",
        )),
    }
}

/// `HOWDAH_TEST_PG`: the major version of servers that the kit makes.
pub(crate) fn major() -> Result<Option<u16>, Error> {
    let wrong = || {
        wrong(
            "HOWDAH_TEST_PG",
            "must be a major version of PostgreSQL, such as 17",
        )
    };
    let major = |text: &str| text.parse().ok().filter(|major| (12..=99).contains(major));
    set("HOWDAH_TEST_PG")
        .map(|text| major(text).ok_or_else(wrong))
        .transpose()
}

/// `HOWDAH_TEST_KEEP`; default: on failure.
pub(crate) fn keep() -> Result<Keep, Error> {
    match set("HOWDAH_TEST_KEEP") {
        None | Some("failure") => Ok(Keep::Failure),
        Some("always") => Ok(Keep::Always),
        Some("never") => Ok(Keep::Never),
        Some(_) => Err(wrong(
            "HOWDAH_TEST_KEEP",
            "must be always, failure or never",
        )),
    }
}

/// `HOWDAH_TEST_LINGER`: how many seconds a shared server stays after its last user has gone.
pub(crate) fn linger() -> Result<Duration, Error> {
    let wrong = || {
        wrong(
            "HOWDAH_TEST_LINGER",
            "must be a whole number of seconds, at most 86400",
        )
    };
    let seconds = |text: &str| text.parse().ok().filter(|seconds| *seconds <= 86_400);
    set("HOWDAH_TEST_LINGER").map_or(Ok(LINGER), |text| {
        seconds(text).map(Duration::from_secs).ok_or_else(wrong)
    })
}

fn set(name: &str) -> Option<&'static str> {
    environment()
        .get(name)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

fn wrong(variable: &'static str, why: &'static str) -> Error {
    Error::Variable {
        variable,
        why: why.to_owned(),
    }
}
