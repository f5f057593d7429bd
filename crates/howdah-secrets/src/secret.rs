use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A password or a key. Nothing but [`Secret::expose`] shows it.
///
/// Clones share one copy in memory, which is wiped with the last of them. A `Secret` cannot be printed:
///
/// ```compile_fail,E0277
/// println!("{}", howdah_secrets::Secret::new("x"));
/// ```
///
/// nor written by serde:
///
/// ```compile_fail,E0277
/// fn written<T: serde::Serialize>(_: T) {}
/// written(howdah_secrets::Secret::new("x"));
/// ```
#[derive(Clone)]
pub struct Secret(Arc<SecretString>);

impl Secret {
    /// Takes the text over; the caller's other copies are the caller's to wipe.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.capacity() == text.len() {
            return Self(Arc::new(SecretString::from(text)));
        }
        // Shrinking may move the text and leave the old copy as it is, so the copy is made here and the old one wiped.
        let exact = Box::<str>::from(text.as_str());
        text.zeroize();
        Self(Arc::new(SecretString::from(exact)))
    }

    /// The text itself. Keep it short-lived, and never log it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl PartialEq for Secret {
    /// In a time that does not depend on where the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.expose()
            .as_bytes()
            .ct_eq(other.expose().as_bytes())
            .into()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_password() {
        assert_eq!(
            format!("{:?}", Some(Secret::new("hunter2"))),
            "Some([REDACTED])"
        );
    }

    #[test]
    fn equal_texts_are_equal_secrets() {
        let mut roomy = String::with_capacity(100);
        roomy.push('a');
        assert_eq!(Secret::new("a"), Secret::new(roomy));
        assert_ne!(Secret::new("a"), Secret::new("ab"));
    }
}
