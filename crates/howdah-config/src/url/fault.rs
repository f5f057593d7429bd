use super::UrlError;
use super::scheme::end_of_scheme;

/// What is wrong, and where in the text. The sentence must not hold any part of the text that may be a password.
pub(super) struct Fault {
    at: Option<usize>,
    message: String,
}

impl Fault {
    /// A fault at this byte.
    pub(super) fn at(at: usize, message: impl Into<String>) -> Self {
        Self {
            at: Some(at),
            message: message.into(),
        }
    }

    /// A fault of the text as a whole.
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self {
            at: None,
            message: message.into(),
        }
    }

    /// The same fault with more to do about it.
    pub(super) fn advise(mut self, advice: &str) -> Self {
        self.message.push_str(advice);
        self
    }

    /// The error to hand out.
    pub(super) fn reveal(self, text: &str) -> UrlError {
        let at = self.at.filter(|&at| at <= secret_from(text));
        let before = at.and_then(|at| text.get(..at));
        UrlError {
            position: before.map(|before| before.chars().count() + 1),
            message: self.message,
        }
    }
}

/// From where on a position would count characters of a password.
fn secret_from(text: &str) -> usize {
    let authority = end_of_scheme(text);
    let colon = text
        .get(authority..)
        .filter(|rest| rest.contains('@'))
        .and_then(|rest| rest.find(':'))
        .map(|at| authority + at + 1);
    let lower = text.to_ascii_lowercase();
    // An encoded name may spell `password` too.
    let named = lower.find("pass").into_iter().chain(lower.find('%'));
    named.chain(colon).min().unwrap_or(text.len())
}
