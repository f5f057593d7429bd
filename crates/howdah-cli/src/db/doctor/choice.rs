use std::collections::BTreeMap;
use std::path::PathBuf;

use super::engine::Answering;
use super::finding::Finding;
use super::support::Support;

const CHECK: &str = "backend";
const INSTALL: &str = if cfg!(target_os = "macos") {
    "brew install postgresql@17"
} else {
    "sudo apt-get install --no-install-recommends postgresql"
};

/// What a new server would be made of: what is there comes before what has to be fetched.
pub(crate) fn check(engine: Option<&Answering>, binaries: &BTreeMap<PathBuf, u16>) -> Finding {
    let newest = binaries
        .values()
        .filter(|major| Support::of(**major) != Support::Refused)
        .max();
    match (engine.map(|engine| engine.images.len()), newest) {
        (Some(1..), _) => Finding::ok(CHECK, "db-up can start a container"),
        (_, Some(major)) => Finding::ok(CHECK, format!("db-up can start the server binaries of {major}")),
        (Some(0), None) => Finding::ok(CHECK, "db-up can start a container, after a download"),
        (None, None) => Finding::problem(
            CHECK,
            "there is nothing to run PostgreSQL with: no engine that answers, and no server binaries",
        )
        .mend(INSTALL),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn without_an_engine_and_without_binaries_nothing_can_run() {
        let none = check(None, &BTreeMap::new());
        assert_eq!(none.state, State::Problem);
        assert!(none.to_string().contains("install"));
        let old = BTreeMap::from([(PathBuf::from("/p"), 11)]);
        assert_eq!(check(None, &old).state, State::Problem);
        let found = BTreeMap::from([(PathBuf::from("/p"), 15)]);
        assert_eq!(check(None, &found).state, State::Ok);
    }
}
