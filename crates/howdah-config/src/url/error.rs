/// Why a text is no connection URL. Shows no part of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct UrlError {
    /// Where, in characters from 1; `None` where that would tell how long a password is.
    pub position: Option<usize>,
    /// What is wrong and what to do.
    pub message: String,
}
