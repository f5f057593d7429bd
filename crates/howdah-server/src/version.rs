use std::fmt;

use serde::{Deserialize, Serialize};

/// The version of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Version {
    /// 15 in 15.18: data directories fit one major version.
    pub major: u16,
    /// 18 in 15.18.
    pub minor: u16,
}

impl Version {
    /// From `server_version_num`: 150018 is 15.18.
    pub(crate) fn from_number(text: &str) -> Option<Self> {
        let number: u32 = text.trim().parse().ok()?;
        Some(Self {
            major: u16::try_from(number / 10_000).ok()?,
            minor: u16::try_from(number % 10_000).ok()?,
        })
    }

    /// The major version in the answer of `postgres --version`: `postgres (PostgreSQL) 15.18 (Debian …)`, `18beta1`.
    pub(crate) fn major_in(answer: &str) -> Option<u16> {
        let (_, rest) = answer.split_once("(PostgreSQL)")?;
        let digits: String = rest
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_server_is_split_into_major_and_minor() {
        let version = Version::from_number("150018").unwrap();
        assert_eq!(version.to_string(), "15.18");
        assert_eq!(Version::from_number("x"), None);
    }

    #[test]
    fn the_answer_of_a_program_names_its_major_version() {
        let answer = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(Version::major_in(answer), Some(15));
        assert_eq!(Version::major_in("postgres (PostgreSQL) 19devel"), Some(19));
        assert_eq!(Version::major_in("initdb: error"), None);
    }
}
