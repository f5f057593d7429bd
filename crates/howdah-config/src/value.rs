//! Texts to values, one function a kind. The errors are what stands after the value in a problem.

use std::net::{AddrParseError, IpAddr};
use std::path::PathBuf;

use howdah_ident::{DatabaseName, RoleName, SchemaName};

use crate::layer::key_of_option;
use crate::nearest::nearest;
use crate::{Key, Kind, duration, options};

const EMPTY: &str = "is empty";

/// Checks a text against the kind of its key.
pub(crate) fn check(key: &Key, text: &str) -> Result<(), String> {
    if text.is_empty() && key.default.is_none() {
        return Ok(());
    }
    if text.contains("://")
        && !matches!(
            key.kind,
            Kind::Url | Kind::Secret | Kind::Argv | Kind::Options
        )
    {
        return Err("is a URL, which belongs into `database.url` alone".to_owned());
    }
    match key.kind {
        Kind::Integer => integer(text).map(drop),
        Kind::Duration => duration::parse(text).map(drop),
        Kind::Boolean => boolean(text).map(drop),
        Kind::Text | Kind::Secret => plain(text).map(drop),
        Kind::Word(words) => word(text, words),
        Kind::RoleName => name(text, RoleName::new).map(drop),
        Kind::SchemaName => name(text, SchemaName::new).map(drop),
        Kind::DatabaseName => name(text, DatabaseName::new).map(drop),
        Kind::Path => path(text).map(drop),
        Kind::VariableName => variable_name(text).map(drop),
        Kind::Hosts => hosts(text).map(drop),
        Kind::Addresses => addresses(text).map(drop),
        Kind::Ports => ports(text).map(drop),
        Kind::Options => session_options(text).map(drop),
        Kind::Argv => argv(text).map(drop),
        // Parsed where its parts are put beside it.
        Kind::Url => Ok(()),
    }
}

pub(crate) fn integer(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Err(EMPTY.to_owned());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is not an integer".to_owned());
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

pub(crate) fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        "" => Err(EMPTY.to_owned()),
        _ => Err("is not a truth value".to_owned()),
    }
}

/// Host names, with commas between them.
pub(crate) fn hosts(text: &str) -> Result<Vec<String>, String> {
    text.split(',').map(host).collect()
}

fn host(text: &str) -> Result<String, String> {
    if !text.starts_with('/') && text.contains(char::is_whitespace) {
        return Err("must not hold spaces".to_owned());
    }
    plain(text)
}

/// IP addresses, with commas between them; an empty one: the host is looked up.
pub(crate) fn addresses(text: &str) -> Result<Vec<Option<IpAddr>>, String> {
    let address = |text: &str| match text {
        "" => Ok(None),
        _ => text.parse().map(Some),
    };
    let all: Result<_, AddrParseError> = text.split(',').map(address).collect();
    all.map_err(|_no_address| {
        "is not an IP address; a host name belongs into database.host".to_owned()
    })
}

/// Port numbers, with commas between them.
pub(crate) fn ports(text: &str) -> Result<Vec<u16>, String> {
    text.split(',').map(port).collect()
}

fn port(text: &str) -> Result<u16, String> {
    let number = integer(text)?;
    let port = u16::try_from(number).ok().filter(|port| *port > 0);
    port.ok_or_else(|| "is out of range".to_owned())
}

/// libpq's `options`, without what has a key of its own.
pub(crate) fn session_options(text: &str) -> Result<Vec<(String, String)>, String> {
    let settings = options::parse(text)?;
    for (name, _) in &settings {
        if let Some(key) = key_of_option(name) {
            return Err(format!("sets {name}; set {key} instead"));
        }
    }
    Ok(settings)
}

/// A command and its arguments, as a JSON array.
pub(crate) fn argv(text: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = serde_json::from_str(text).map_err(|_no_list| {
        "is not a command; write it as a list, [\"program\", \"argument\"]".to_owned()
    })?;
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err("names no program".to_owned()),
    }
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
        return Err(EMPTY.to_owned());
    }
    if words.contains(&text) {
        return Ok(());
    }
    let is_short_for = |word: &&&str| text.len() > 2 && word.starts_with(text);
    let short = words.iter().find(is_short_for).copied();
    let meant = short.or_else(|| nearest(text, words.iter().copied()));
    let meant = meant.map_or_else(String::new, |word| format!("; did you mean `{word}`?"));
    Err(format!("is not a known word{meant}"))
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
    plain(text)?;
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
            ("5.0", "integer"),
            ("1_000", "integer"),
            ("+5", "integer"),
            (" 5", "integer"),
            ("0x10", "integer"),
            ("010", "leading zero"),
            ("-", "integer"),
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
