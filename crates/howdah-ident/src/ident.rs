use std::fmt;
use std::str::FromStr;

use crate::Error;

/// `NAMEDATALEN - 1` of a stock build.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
const MAX_BYTES: usize = 63;

/// An identifier: 1 to 63 bytes, no NUL. `Display` quotes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ident(String);

impl Ident {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::TooLong`] or [`Error::Nul`].
    pub fn new(name: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        if name.is_empty() {
            return Err(Error::Empty);
        }
        if name.len() > MAX_BYTES {
            return Err(Error::TooLong { bytes: name.len() });
        }
        if name.contains('\0') {
            return Err(Error::Nul);
        }
        Ok(Self(name))
    }

    /// One that stands in this crate.
    pub(crate) fn fixed(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    /// The name as it stands in the catalog, without quotes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ident {
    /// Always quoted: the list of words that need no quotes grows with each PostgreSQL version.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

impl FromStr for Ident {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::new(name)
    }
}

impl AsRef<str> for Ident {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_double_the_quote_inside() {
        let ident: Ident = r#"we"ird; drop--"#.parse().unwrap();
        assert_eq!(ident.to_string(), r#""we""ird; drop--""#);
        assert_eq!(ident.as_str(), r#"we"ird; drop--"#);
    }

    #[test]
    fn sixty_three_bytes_pass_and_sixty_four_do_not() {
        assert!(Ident::new("a".repeat(63)).is_ok());
        assert_eq!(
            Ident::new("a".repeat(64)),
            Err(Error::TooLong { bytes: 64 })
        );
        assert_eq!(
            Ident::new("ä".repeat(32)),
            Err(Error::TooLong { bytes: 64 })
        );
    }

    #[test]
    fn empty_and_nul_are_refused() {
        assert_eq!(Ident::new(""), Err(Error::Empty));
        assert_eq!(Ident::new("a\0b"), Err(Error::Nul));
    }

    proptest! {
        #[test]
        fn a_quoted_name_ends_only_at_its_last_character(name in "[^\0]{1,15}") {
            let quoted = Ident::new(name.clone()).unwrap().to_string();
            let inner = &quoted[1..quoted.len() - 1];
            prop_assert_eq!(inner.replace("\"\"", "").contains('"'), false);
            prop_assert_eq!(inner.replace("\"\"", "\""), name);
        }
    }
}
