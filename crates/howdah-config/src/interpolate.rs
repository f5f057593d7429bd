//! `${VAR:-default}`, as Docker Compose reads it.
//! <https://docs.docker.com/reference/compose-file/interpolation/>

mod error;
mod reference;

use std::fmt;

pub use error::InterpolationError;

pub(crate) use reference::split_name;
use reference::{Operator, Reference};

/// Deeper nesting is no configuration.
const MAX_DEPTH: usize = 32;

/// Longer results are no configuration.
const MAX_BYTES: usize = 64 * 1024;

/// What an unset `$VAR` or `${VAR}` means. The forms with an operator say it themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unset {
    /// An error.
    #[default]
    Error,
    /// Nothing is inserted; [`Interpolated::unset`] lists the name. What Docker Compose does.
    Empty,
}

/// A text with its variables replaced.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Interpolated {
    /// The result.
    pub text: String,
    /// The variables whose values are part of the result.
    pub variables: Vec<String>,
    /// The unset variables that were replaced by nothing, one entry per place.
    pub unset: Vec<String>,
}

/// Replaces `$V`, `${V}` and `${V<op>text}`; `$$` is a dollar sign.
///
/// The operators are `:-` and `-` (default), `:?` and `?` (required), `:+` and `+` (alternative); with a colon an
/// empty variable counts as unset. `text` may hold references again and is looked at only when it is needed.
/// Values are inserted as they are: a `$` in a value means nothing.
///
/// # Errors
/// An [`InterpolationError`] for a malformed reference, a missing variable, more than 32 levels, or a result of more
/// than 64 KiB. It never shows a value.
pub fn interpolate(
    text: &str,
    vars: &dyn Fn(&str) -> Option<String>,
    unset: Unset,
) -> Result<Interpolated, InterpolationError> {
    let mut run = Run {
        vars,
        unset,
        result: Interpolated::default(),
    };
    let text = run.expand(text, 0, 0)?;
    Ok(Interpolated { text, ..run.result })
}

impl fmt::Debug for Interpolated {
    /// Without the text: a variable may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpolated")
            .field("variables", &self.variables)
            .field("unset", &self.unset)
            .finish_non_exhaustive()
    }
}

struct Run<'a> {
    vars: &'a dyn Fn(&str) -> Option<String>,
    unset: Unset,
    result: Interpolated,
}

impl Run<'_> {
    /// `base` is where `text` starts in the whole template.
    fn expand(
        &mut self,
        text: &str,
        base: usize,
        depth: usize,
    ) -> Result<String, InterpolationError> {
        if depth > MAX_DEPTH {
            let message = format!("references are nested deeper than {MAX_DEPTH} levels");
            return Err(InterpolationError::limit(base, message));
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            let at = base + text.len() - after.len() - 1;
            rest = self.dollar(after, at, depth, &mut out)?;
            check_length(&out, at)?;
        }
        out.push_str(rest);
        check_length(&out, base)?;
        Ok(out)
    }

    /// Handles what follows a dollar sign at `at`, and returns what is left.
    fn dollar<'t>(
        &mut self,
        after: &'t str,
        at: usize,
        depth: usize,
        out: &mut String,
    ) -> Result<&'t str, InterpolationError> {
        if let Some(rest) = after.strip_prefix('$') {
            out.push('$');
            return Ok(rest);
        }
        if let Some(inside) = after.strip_prefix('{') {
            let (reference, rest) = Reference::parse(inside, at)?;
            out.push_str(&self.value_of(&reference, depth)?);
            return Ok(rest);
        }
        let (name, rest) = split_name(after);
        if name.is_empty() {
            out.push('$');
        } else {
            out.push_str(&self.plain(name, at)?);
        }
        Ok(rest)
    }

    fn value_of(
        &mut self,
        reference: &Reference<'_>,
        depth: usize,
    ) -> Result<String, InterpolationError> {
        let Reference { name, at, .. } = *reference;
        let Some(operation) = &reference.operation else {
            return self.plain(name, at);
        };
        let value = (self.vars)(name);
        let is_empty = value.as_deref() == Some("");
        let value = value.filter(|value| !operation.empty_is_unset || !value.is_empty());
        match (operation.operator, value) {
            (Operator::Alternative, None) => Ok(String::new()),
            (Operator::Alternative, Some(_)) | (Operator::Default, None) => {
                self.expand(operation.text, operation.text_at, depth + 1)
            }
            (Operator::Required, None) => Err(InterpolationError::required(
                at,
                name,
                is_empty,
                operation.text,
            )),
            (_, Some(value)) => Ok(self.used(name, value)),
        }
    }

    fn plain(&mut self, name: &str, at: usize) -> Result<String, InterpolationError> {
        match ((self.vars)(name), self.unset) {
            (Some(value), _) => Ok(self.used(name, value)),
            (None, Unset::Empty) => {
                self.result.unset.push(name.to_owned());
                Ok(String::new())
            }
            (None, Unset::Error) => Err(InterpolationError::unset(at, name)),
        }
    }

    fn used(&mut self, name: &str, value: String) -> String {
        if !self.result.variables.iter().any(|known| known == name) {
            self.result.variables.push(name.to_owned());
        }
        value
    }
}

fn check_length(out: &str, at: usize) -> Result<(), InterpolationError> {
    if out.len() > MAX_BYTES {
        let message = format!("the result is longer than {} KiB", MAX_BYTES / 1024);
        return Err(InterpolationError::limit(at, message));
    }
    Ok(())
}
