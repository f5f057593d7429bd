use crate::Version;

/// What a migration file does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Direction {
    /// `.sql`: forward only.
    Simple,
    /// `.up.sql`: forward, and there should be a way back.
    Up,
    /// `.down.sql`: the way back.
    Down,
}

impl Direction {
    fn of(name: &str) -> Self {
        if name.ends_with(".up.sql") {
            Self::Up
        } else if name.ends_with(".down.sql") {
            Self::Down
        } else {
            Self::Simple
        }
    }

    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Simple => ".sql",
            Self::Up => ".up.sql",
            Self::Down => ".down.sql",
        }
    }
}

const TOO_LARGE: &str = "its version is too large: the largest is 9223372036854775807, and the UTC time is a good \
     one, such as 20260101000001";

/// What a name is to be.
pub(crate) const PATTERN: &str =
    "<VERSION>_<DESCRIPTION>.sql, for example 20260101000001_create_users.sql";

/// `<VERSION>_<DESCRIPTION>.sql`, `.up.sql` or `.down.sql`, read as sqlx reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileName {
    pub(crate) version: Version,
    pub(crate) description: String,
    pub(crate) direction: Direction,
}

impl FileName {
    /// Whether it has no version at all, and is no migration: sqlx leaves it out.
    pub(crate) fn is_skipped(name: &str) -> bool {
        !name.contains('_')
    }

    /// Stricter than sqlx where it is silent: an empty description, a version that is not all digits, and another
    /// extension than `.sql` in small letters are errors.
    pub(crate) fn parse(name: &str) -> Result<Self, &'static str> {
        let (version, rest) = name
            .split_once('_')
            .filter(|(_, rest)| rest.strip_suffix(".sql").is_some())
            .ok_or("the name must be <VERSION>_<DESCRIPTION>.sql, for example 20260101000001_create_users.sql")?;
        let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<i64> = version.parse().ok().filter(|_| digits);
        if digits && number.is_none() {
            return Err(TOO_LARGE);
        }
        let version = number
            .and_then(Version::new)
            .ok_or("the name must start with a version: a number above zero, such as the UTC time 20260101000001")?;
        let direction = Direction::of(rest);
        let description = rest.trim_end_matches(direction.suffix()).replace('_', " ");
        if description.is_empty() {
            return Err("the name needs a description after the version");
        }
        Ok(Self {
            version,
            description,
            direction,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> (i64, String, Direction) {
        let name = FileName::parse(name).unwrap();
        (name.version.as_i64(), name.description, name.direction)
    }

    #[test]
    fn the_three_kinds_of_name_are_read() {
        assert_eq!(
            parsed("20260101000001_create_users.sql"),
            (
                20_260_101_000_001,
                "create users".to_owned(),
                Direction::Simple
            )
        );
        assert_eq!(parsed("0002_a.up.sql"), (2, "a".to_owned(), Direction::Up));
        assert_eq!(
            parsed("0002_a.down.sql"),
            (2, "a".to_owned(), Direction::Down)
        );
    }

    #[test]
    fn a_name_without_a_version_is_skipped() {
        for name in ["users.sql", "README.sql", "20260101000001.sql"] {
            assert!(FileName::is_skipped(name), "{name}");
        }
    }

    #[test]
    fn names_that_sqlx_would_misread_are_refused() {
        for name in [
            "create_users.sql",
            "0_a.sql",
            "-1_a.sql",
            "+1_a.sql",
            "1_.sql",
            "1_a.SQL",
            "99999999999999999999_a.sql",
        ] {
            assert!(FileName::parse(name).is_err(), "{name}");
        }
    }
}
