use zeroize::Zeroizing;

use crate::{Error, Secret};

/// 64 characters that mean nothing in a URL, a shell, YAML or SQL, so that a byte maps to one without bias.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// 32 characters of 6 bits: 192 bits.
const LENGTH: usize = 32;

/// A new random secret: 32 URL-safe ASCII characters, 192 bits, never starting with `-` or `_`.
///
/// # Errors
/// [`Error::Random`] when the operating system gives no random bytes.
pub fn generate() -> Result<Secret, Error> {
    loop {
        let mut bytes = Zeroizing::new([0_u8; LENGTH]);
        getrandom::fill(bytes.as_mut()).map_err(|_no_entropy| Error::Random)?;
        let text: String = bytes.iter().map(|byte| letter(*byte)).collect();
        // A leading dash would be taken for an option by a careless command line.
        if text.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            return Ok(Secret::new(text));
        }
    }
}

fn letter(byte: u8) -> char {
    ALPHABET
        .get(usize::from(byte) % ALPHABET.len())
        .map_or('A', |letter| char::from(*letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_is_long_and_needs_no_escaping() {
        let secret = generate().unwrap();
        assert_eq!(secret.expose().len(), 32);
        assert!(
            secret
                .expose()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        );
    }

    #[test]
    fn two_generated_secrets_differ() {
        assert_ne!(generate().unwrap(), generate().unwrap());
    }
}
