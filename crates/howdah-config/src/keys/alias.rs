//! The other names of a key: those that existing services already use.

use crate::duration;

/// Another name of a key, and how its value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alias {
    /// The name, as it is written there: `database.pool_size`, `DB_MAX_OPEN_CONNS`, `sslmode`.
    pub name: &'static str,
    /// Where the name stands.
    pub place: AliasPlace,
    /// What its value means.
    pub reads: Reads,
}

/// Where an alias stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AliasPlace {
    /// A key of the settings file, with its whole path.
    File,
    /// An environment variable, also in `.env`; an empty one counts as not set.
    Variable,
    /// A variable of libpq: read when `database.libpq_env` is true, and weaker than every other variable of the process.
    /// <https://www.postgresql.org/docs/current/libpq-envars.html>
    Libpq,
    /// A part or a parameter of the connection URL.
    Url,
    /// An explicit value, as a command line option gives it; see [`Loader::flag`](crate::Loader::flag).
    Flag,
}

/// What the value of an alias means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reads {
    /// The same as the key's own.
    Same,
    /// A bare number counts minutes.
    Minutes,
    /// The number of connections in all: there is no overflow beside it.
    MaxOpen,
    /// `true` or `false`, for these two words.
    Whether {
        /// The word for `true`.
        yes: &'static str,
        /// The word for `false`.
        no: &'static str,
    },
    /// The variable holds the secret itself: its name is the value.
    Secret,
}

impl Reads {
    /// The value as the key would have it; the error is what stands after the value in a problem.
    pub(crate) fn read(self, name: &str, text: &str) -> Result<String, String> {
        match self {
            Self::Same | Self::MaxOpen => Ok(text.to_owned()),
            Self::Minutes if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() => {
                Ok(format!("{text}m"))
            }
            Self::Minutes => duration::parse(text)
                .map(|_| text.to_owned())
                .map_err(|_other_units| "is not a whole number of minutes".to_owned()),
            Self::Whether { yes, no } => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Ok(yes.to_owned()),
                "false" | "no" | "0" => Ok(no.to_owned()),
                _ => Err("is neither true nor false".to_owned()),
            },
            Self::Secret => Ok(name.to_owned()),
        }
    }
}

impl Alias {
    pub(super) const fn file(name: &'static str) -> Self {
        Self::new(name, AliasPlace::File)
    }

    pub(super) const fn variable(name: &'static str) -> Self {
        Self::new(name, AliasPlace::Variable)
    }

    pub(super) const fn libpq(name: &'static str) -> Self {
        Self::new(name, AliasPlace::Libpq)
    }

    pub(super) const fn url(name: &'static str) -> Self {
        Self::new(name, AliasPlace::Url)
    }

    pub(super) const fn flag(name: &'static str) -> Self {
        Self::new(name, AliasPlace::Flag)
    }

    pub(super) const fn reads(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    const fn new(name: &'static str, place: AliasPlace) -> Self {
        Self {
            name,
            place,
            reads: Reads::Same,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_of_minutes_gets_its_unit() {
        assert_eq!(Reads::Minutes.read("X", "240"), Ok("240m".to_owned()));
        assert_eq!(Reads::Minutes.read("X", "4h"), Ok("4h".to_owned()));
        assert!(Reads::Minutes.read("X", "-1").is_err());
        assert!(Reads::Minutes.read("X", "").is_err());
    }

    #[test]
    fn true_and_false_are_words_and_anything_else_is_neither() {
        let reads = Reads::Whether {
            yes: "auto",
            no: "off",
        };
        assert_eq!(reads.read("X", "True"), Ok("auto".to_owned()));
        assert_eq!(reads.read("X", "0"), Ok("off".to_owned()));
        assert!(reads.read("X", "maybe").is_err());
    }
}
