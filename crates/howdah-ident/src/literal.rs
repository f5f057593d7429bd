use std::fmt;

use crate::Error;

/// A text as a SQL string literal, for statements that take no bind parameters
/// (utility statements such as `create role` or `comment on`).
///
/// A backslash turns it into the `E''` form, so that the result does not depend on
/// `standard_conforming_strings`. `Debug` shows the text: do not put a password here, only a verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`Error::Nul`].
    pub fn new(text: &'a str) -> Result<Self, Error> {
        if text.contains('\0') {
            return Err(Error::Nul);
        }
        Ok(Self(text))
    }
}

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.replace('\'', "''");
        if text.contains('\\') {
            write!(f, "E'{}'", text.replace('\\', "\\\\"))
        } else {
            write!(f, "'{text}'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_backslashes_use_the_escape_form() {
        assert_eq!(Literal::new("it's").unwrap().to_string(), "'it''s'");
        assert_eq!(Literal::new(r"a\'b").unwrap().to_string(), r"E'a\\''b'");
        assert_eq!(Literal::new("").unwrap().to_string(), "''");
    }

    #[test]
    fn nul_is_refused() {
        assert_eq!(Literal::new("a\0"), Err(Error::Nul));
    }
}
