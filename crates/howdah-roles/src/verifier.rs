use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use howdah_secrets::Secret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// PostgreSQL's own default; clients repeat it at every login.
const ITERATIONS: u32 = 4096;
const SALT_BYTES: usize = 16;
const MAX_ITERATIONS: u32 = 10_000_000;

/// What PostgreSQL stores in place of a password: `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.
///
/// Computed here, so that no plaintext reaches the server, its log or `pg_stat_statements` (RFC 5802, RFC 7677;
/// <https://www.postgresql.org/docs/current/catalog-pg-authid.html>). `Display` renders the stored form.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: [u8; 32],
    server_key: [u8; 32],
}

impl Verifier {
    /// A verifier of `password` with a new random salt and 4096 iterations.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the password, without showing it.
    pub fn new(password: &Secret) -> Result<Self, &'static str> {
        Self::with_iterations(password, ITERATIONS)
    }

    /// A verifier with another number of iterations. Fewer than 4096 are for passwords that nobody can guess, such as
    /// those of throwaway databases; [`Verifier::parse`] does not take such a one for a verifier.
    ///
    /// # Errors
    /// As [`Verifier::new`]; zero iterations are refused, too.
    pub fn with_iterations(password: &Secret, iterations: u32) -> Result<Self, &'static str> {
        if iterations == 0 {
            return Err("it needs at least one iteration");
        }
        let mut salt = vec![0_u8; SALT_BYTES];
        getrandom::fill(&mut salt).map_err(|_no_entropy| "the system gives no random bytes")?;
        let bytes = prepare(password)?;
        Ok(Self::derive(&bytes, salt, iterations))
    }

    /// Reads the stored form. `None` for anything else: PostgreSQL takes a malformed verifier for a plaintext
    /// password, so only what this accepts may be sent to it.
    pub fn parse(stored: &str) -> Option<Self> {
        let (iterations, rest) = stored.strip_prefix("SCRAM-SHA-256$")?.split_once(':')?;
        let (salt, keys) = rest.split_once('$')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let iterations = iterations.parse().ok()?;
        let salt = STANDARD.decode(salt).ok()?;
        if !(ITERATIONS..=MAX_ITERATIONS).contains(&iterations) || salt.is_empty() {
            return None;
        }
        Some(Self {
            iterations,
            salt,
            stored_key: key(stored_key)?,
            server_key: key(server_key)?,
        })
    }

    /// Whether this is a verifier of `password`.
    pub fn matches(&self, password: &Secret) -> bool {
        let Ok(bytes) = prepare(password) else {
            return false;
        };
        let again = Self::derive(&bytes, self.salt.clone(), self.iterations);
        bool::from(
            self.stored_key.ct_eq(&again.stored_key) & self.server_key.ct_eq(&again.server_key),
        )
    }

    fn derive(password: &[u8], salt: Vec<u8>, iterations: u32) -> Self {
        let salted = hi(password, &salt, iterations);
        let client_key = hmac(&salted, b"Client Key");
        Self {
            iterations,
            salt,
            stored_key: Sha256::digest(client_key).into(),
            server_key: hmac(&salted, b"Server Key"),
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SCRAM-SHA-256${}:{}${}:{}",
            self.iterations,
            STANDARD.encode(&self.salt),
            STANDARD.encode(self.stored_key),
            STANDARD.encode(self.server_key)
        )
    }
}

impl fmt::Debug for Verifier {
    /// A verifier lets a server be impersonated, so it is no more for logs than the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier([REDACTED])")
    }
}

/// `SASLprep`, and the plain bytes where it is not allowed to fail (ASCII is its own preparation).
/// What `SASLprep` forbids is refused, because the driver could not log in with it.
fn prepare(password: &Secret) -> Result<Vec<u8>, &'static str> {
    let text = password.expose();
    if text.is_empty() {
        return Err("it is empty");
    }
    if text.chars().any(char::is_control) {
        return Err("it holds a control character");
    }
    stringprep::saslprep(text)
        .map(|prepared| prepared.as_bytes().to_vec())
        .map_err(|_forbidden| "it holds a character that SASLprep (RFC 4013) does not allow")
}

/// PBKDF2 with HMAC-SHA-256 and one block (RFC 5802, section 2.2: `Hi`).
fn hi(password: &[u8], salt: &[u8], iterations: u32) -> [u8; 32] {
    let mut first = salt.to_vec();
    first.extend_from_slice(&1_u32.to_be_bytes());
    let mut block = hmac(password, &first);
    let mut result = block;
    for _ in 1..iterations {
        block = hmac(password, &block);
        for (byte, other) in result.iter_mut().zip(block) {
            *byte ^= other;
        }
    }
    result
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes keys of every length; the error type exists for other MACs.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(message);
    mac.finalize().into_bytes().into()
}

fn key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3: user `user`, password `pencil`.
    #[test]
    fn the_keys_are_those_of_the_rfc() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = Verifier::derive(b"pencil", salt, 4096);
        assert_eq!(
            verifier.to_string(),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }

    #[test]
    fn a_verifier_matches_its_password_only() {
        let verifier = Verifier::new(&Secret::new("p@ss'w\"o\\rd$ %")).unwrap();
        assert!(verifier.matches(&Secret::new("p@ss'w\"o\\rd$ %")));
        assert!(!verifier.matches(&Secret::new("p@ss'w\"o\\rd$ ")));
        let again = Verifier::parse(&verifier.to_string()).unwrap();
        assert_eq!(again, verifier);
    }

    #[test]
    fn characters_that_saslprep_maps_are_the_same_password() {
        let verifier = Verifier::new(&Secret::new("IX")).unwrap();
        assert!(verifier.matches(&Secret::new("\u{2168}")));
    }

    #[test]
    fn malformed_verifiers_are_not_parsed() {
        let good = Verifier::new(&Secret::new("x")).unwrap().to_string();
        for bad in [
            "",
            "md5abc",
            "SCRAM-SHA-256$4096:$a:b",
            good.trim_end_matches('='),
            &good.replace("$4096:", "$4095:"),
            &good.replace("$4096:", "$4096;"),
            &format!("{good}x"),
        ] {
            assert!(Verifier::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn passwords_that_no_client_could_use_are_refused_without_being_shown() {
        for bad in ["", "tab\there", "smile \u{1F600}"] {
            assert!(Verifier::new(&Secret::new(bad)).is_err());
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let verifier = Verifier::new(&Secret::new("hunter2")).unwrap();
        assert_eq!(format!("{verifier:?}"), "Verifier([REDACTED])");
    }
}
