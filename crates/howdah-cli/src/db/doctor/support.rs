use super::finding::Finding;

/// What is promised for a major version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Support {
    Refused,
    /// It may work.
    Old,
    Tested,
    /// It may work.
    New,
}

impl Support {
    pub(crate) fn of(major: u16) -> Self {
        match major {
            0..12 => Self::Refused,
            12 => Self::Old,
            13..=18 => Self::Tested,
            19.. => Self::New,
        }
    }
}

pub(crate) fn check(major: u16) -> Finding {
    const CHECK: &str = "version";
    const MOVE: &str =
        "cargo xtask db-down --volumes && cargo xtask db-up --pg 17, after a dump of what you need";
    match Support::of(major) {
        Support::Refused => Finding::problem(
            CHECK,
            format!("PostgreSQL {major} is too old; 13 to 18 are supported"),
        )
        .mend(MOVE),
        Support::Old => Finding::warning(
            CHECK,
            format!("PostgreSQL {major} is not supported any more; 13 to 18 are"),
        )
        .mend(MOVE),
        Support::Tested => Finding::ok(CHECK, format!("PostgreSQL {major} is supported")),
        Support::New => Finding::warning(
            CHECK,
            format!("PostgreSQL {major} is newer than what is tested; 13 to 18 are supported"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn versions_are_refused_warned_about_and_supported() {
        let state = |major| check(major).state;
        assert_eq!((state(9), state(11)), (State::Problem, State::Problem));
        assert_eq!((state(12), state(19)), (State::Warning, State::Warning));
        assert!((13..=18).all(|major| state(major) == State::Ok));
    }
}
