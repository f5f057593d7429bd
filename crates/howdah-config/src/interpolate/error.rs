/// Why a text cannot be interpolated. Holds names and text of the template, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct InterpolationError {
    /// Where the reference starts, in bytes from the start of the text.
    pub offset: usize,
    /// The variable that is missing; `None` when the reference is malformed.
    pub variable: Option<String>,
    /// Whether a limit is exceeded.
    pub is_limit: bool,
    /// What is wrong and what to do.
    pub message: String,
}

impl InterpolationError {
    pub(super) fn malformed(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            variable: None,
            is_limit: false,
            message: message.into(),
        }
    }

    /// A limit is exceeded.
    pub(super) fn limit(offset: usize, message: impl Into<String>) -> Self {
        Self {
            is_limit: true,
            ..Self::malformed(offset, message)
        }
    }

    pub(super) fn unset(offset: usize, name: &str) -> Self {
        let message =
            format!("variable {name} is not set; `${{{name}:-...}}` would give it a default");
        Self::missing(offset, name, message)
    }

    /// `reason` is the template's own text: references in it are not replaced, so that no value can get here.
    pub(super) fn required(offset: usize, name: &str, is_empty: bool, reason: &str) -> Self {
        let state = if is_empty { "empty" } else { "not set" };
        let colon = if reason.is_empty() { "" } else { ": " };
        let message = format!("required variable {name} is {state}{colon}{reason}");
        Self::missing(offset, name, message)
    }

    fn missing(offset: usize, name: &str, message: String) -> Self {
        Self {
            offset,
            variable: Some(name.to_owned()),
            is_limit: false,
            message,
        }
    }
}
