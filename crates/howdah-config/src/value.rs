//! Texts to values, one function a kind. The errors are what stands after the value in a problem.

use std::path::PathBuf;

use howdah_ident::{DatabaseName, RoleName, SchemaName};

use crate::{Key, Kind, duration};

const EMPTY: &str = "is empty";

/// Checks a text against the kind of its key.
pub(crate) fn check(key: &Key, text: &str) -> Result<(), String> {
    if text.is_empty() && key.default.is_none() {
        return Ok(());
    }
    match key.kind {
        Kind::Integer => integer(text).map(drop),
        Kind::Duration => duration::parse(text).map(drop),
        Kind::Text => plain(text).map(drop),
        Kind::Word(words) => word(text, words),
        Kind::RoleName => name(text, RoleName::new).map(drop),
        Kind::SchemaName => name(text, SchemaName::new).map(drop),
        Kind::DatabaseName => name(text, DatabaseName::new).map(drop),
        Kind::Path => path(text).map(drop),
        Kind::VariableName => variable_name(text).map(drop),
    }
}

pub(crate) fn integer(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Err(EMPTY.to_owned());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not a whole number".to_owned());
    }
    if digits.len() > 1 && digits.starts_with('0') {
        return Err("has a leading zero, which some readers take for octal".to_owned());
    }
    if digits.len() < text.len() {
        return Err("must not be negative".to_owned());
    }
    digits
        .parse()
        .map_err(|_digits_only: std::num::ParseIntError| "is too large".to_owned())
}

/// A text of one line.
pub(crate) fn plain(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(EMPTY.to_owned());
    }
    if text.contains(char::is_control) {
        return Err("holds a control character or a line break".to_owned());
    }
    Ok(text.to_owned())
}

fn word(text: &str, words: &[&str]) -> Result<(), String> {
    if text.is_empty() {
        return Err(format!("{EMPTY}; it must be {}", listed(words)));
    }
    if words.contains(&text) {
        return Ok(());
    }
    Err(format!("must be {}", listed(words)))
}

/// `a, b or c`
pub(crate) fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

pub(crate) fn name<T>(
    text: &str,
    new: impl Fn(String) -> Result<T, howdah_ident::Error>,
) -> Result<T, String> {
    if text.is_empty() {
        return Err(EMPTY.to_owned());
    }
    new(text.to_owned()).map_err(|error| match error {
        howdah_ident::Error::TooLong { bytes } => {
            format!("must be at most 63 bytes long, it has {bytes}")
        }
        howdah_ident::Error::Nul => "holds a NUL byte".to_owned(),
        howdah_ident::Error::Reserved { kind, .. } => {
            format!("is reserved by PostgreSQL and cannot name a {kind}")
        }
        other => other.to_string(),
    })
}

pub(crate) fn path(text: &str) -> Result<PathBuf, String> {
    plain(text).map(PathBuf::from)
}

pub(crate) fn variable_name(text: &str) -> Result<String, String> {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(text.to_owned());
    }
    Err(
        "is not the name of a variable; write the name of the variable that holds the password, \
         not the password"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_digits_and_nothing_else() {
        assert_eq!(integer("0"), Ok(0));
        assert_eq!(integer("65535"), Ok(65_535));
        for (text, says) in [
            ("", "is empty"),
            ("-1", "negative"),
            ("5.0", "whole number"),
            ("1_000", "whole number"),
            ("+5", "whole number"),
            (" 5", "whole number"),
            ("0x10", "whole number"),
            ("010", "leading zero"),
            ("-", "whole number"),
            ("99999999999999999999", "too large"),
        ] {
            assert!(integer(text).unwrap_err().contains(says), "{text}");
        }
    }

    #[test]
    fn words_are_listed_with_or() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b or c");
        assert_eq!(listed(&["a"]), "a");
    }

    #[test]
    fn a_password_is_not_the_name_of_a_variable() {
        assert!(variable_name("POSTGRES_APP_USER_PW").is_ok());
        for text in ["p@ss", "1A", "a b", "\u{e9}"] {
            assert!(variable_name(text).is_err(), "{text}");
        }
    }
}
