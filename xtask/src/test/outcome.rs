use super::not_run::NotRun;

/// How the tests of a version ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) passed: usize,
    pub(super) failed: Vec<String>,
    pub(super) not_run: Vec<NotRun>,
}

impl Outcome {
    /// Those of one more test binary. Its names get the suite's name before them.
    pub(super) fn add(&mut self, suite: &str, said: &Said, not_run: Vec<NotRun>, good: bool) {
        let named = |test: &str| format!("{suite} {test}");
        // A test that declares why it cannot run returns, and is a passed one for its harness.
        self.passed += said.passed.saturating_sub(not_run.len());
        self.failed
            .extend(said.failed.iter().map(|test| named(test)));
        if said.failed.is_empty() && !good {
            self.failed.push(named("(ended without a result)"));
        }
        self.not_run.extend(not_run.into_iter().map(|mut one| {
            one.test = named(&one.test);
            one
        }));
        let ignored = said.ignored.iter().map(|test| NotRun {
            test: named(test),
            needs: "somebody who asks for it: it is #[ignore]d".to_owned(),
            major: String::new(),
        });
        self.not_run.extend(ignored);
    }

    /// Lines for people.
    pub(super) fn lines(&self, version: &str, seconds: u64) -> Vec<String> {
        let mut lines = vec![format!(
            "{version}: {} passed, {} failed, {} not run, {seconds} s",
            self.passed,
            self.failed.len(),
            self.not_run.len()
        )];
        lines.extend(self.failed.iter().map(|test| format!("  failed: {test}")));
        lines.extend(
            self.not_run
                .iter()
                .map(|one| format!("  not run: {} needs {}", one.test, one.needs)),
        );
        lines
    }
}

/// What a test binary said on its standard output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    passed: usize,
    failed: Vec<String>,
    ignored: Vec<String>,
}

impl Said {
    /// Reads one more line. What a test itself prints is on lines between those of the harness, if at all.
    pub(super) fn hear(&mut self, line: &str) {
        let Some((name, result)) = line
            .strip_prefix("test ")
            .and_then(|l| l.rsplit_once(" ... "))
        else {
            return;
        };
        let name = name.to_owned();
        match result.split([' ', ',']).next() {
            Some("ok") => self.passed += 1,
            Some("FAILED") => self.failed.push(name),
            Some("ignored") => self.ignored.push(name),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_run(test: &str) -> NotRun {
        NotRun {
            test: test.to_owned(),
            needs: "PostgreSQL 16 or newer".to_owned(),
            major: "13".to_owned(),
        }
    }

    #[test]
    fn results_are_heard_and_other_lines_are_not() {
        let mut said = Said::default();
        for line in [
            "running 5 tests",
            "test a::b ... ok",
            "test a::c - should panic ... ok",
            "test a::d ... FAILED",
            "test a::e ... ignored, takes hours",
            "test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 7 filtered out",
            "a test ... of something",
        ] {
            said.hear(line);
        }
        assert_eq!(said.passed, 2);
        assert_eq!(said.failed, ["a::d"]);
        assert_eq!(said.ignored, ["a::e"]);
    }

    #[test]
    fn a_test_that_did_not_run_is_not_a_passed_one() {
        let mut said = Said::default();
        said.hear("test a ... ok");
        said.hear("test b ... ok");
        let mut outcome = Outcome::default();
        outcome.add("howdah-pool it", &said, vec![not_run("it::b")], true);
        assert_eq!(
            outcome.lines("PostgreSQL 13", 4),
            [
                "PostgreSQL 13: 1 passed, 0 failed, 1 not run, 4 s",
                "  not run: howdah-pool it it::b needs PostgreSQL 16 or newer",
            ]
        );
    }

    #[test]
    fn a_binary_that_dies_is_a_failure() {
        let mut outcome = Outcome::default();
        outcome.add("howdah-pool it", &Said::default(), Vec::new(), false);
        assert_eq!(outcome.failed, ["howdah-pool it (ended without a result)"]);
    }
}
