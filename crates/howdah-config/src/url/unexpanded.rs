use super::fault::Fault;
use super::keyword_value::is_keyword_value;
use super::scheme::end_of_scheme;
use crate::interpolate::split_name;

/// Refuses `${NAME}`, `$NAME`, `$(command)` and `{{ name }}`: nothing here replaces them.
pub(super) fn refuse(text: &str) -> Result<(), Fault> {
    // In keyword=value a backslash says that the dollar sign is meant.
    let escapes = is_keyword_value(text);
    let template_end = text.rfind("}}").unwrap_or(0);
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        let behind = text.get(at + c.len_utf8()..).unwrap_or_default();
        if !escaped && is_reference(c, behind, at < template_end) {
            return Err(Fault::at(at, sentence(text, at, behind)));
        }
        escaped = escapes && c == '\\' && !escaped;
    }
    Ok(())
}

fn is_reference(c: char, behind: &str, may_be_template: bool) -> bool {
    let starts_name = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '(');
    match c {
        '$' => behind.starts_with(starts_name),
        '{' => behind.starts_with('{') && may_be_template,
        _ => false,
    }
}

fn sentence(text: &str, at: usize, behind: &str) -> String {
    let name = variable(text, at, behind).map_or_else(String::new, |name| format!(", {name}"));
    let meant = if is_keyword_value(text) {
        "a `$` that is meant has a backslash before it"
    } else {
        "a `$` or `{` that is meant is written %24 or %7B"
    };
    format!("this looks like an unexpanded variable{name}: have it replaced before; {meant}")
}

/// The name, unless it may be a piece of a password.
fn variable<'a>(text: &str, at: usize, behind: &'a str) -> Option<&'a str> {
    let (braced, inside) = match behind.strip_prefix('{') {
        Some(inside) => (true, inside.trim_start_matches(' ')),
        None => (false, behind),
    };
    let (name, rest) = split_name(inside);
    let whole = !braced || (rest.starts_with([' ', '}', ':', '-', '?', '+']) && rest.contains('}'));
    let shown = !may_be_password(text, at) || (braced && is_upper(name));
    Some(name).filter(|name| whole && shown && !name.is_empty())
}

/// In front of an `@`, behind a `:` of the login (or of a login whose `@` is missing), or near a `password=`.
fn may_be_password(text: &str, at: usize) -> bool {
    let login = text.get(end_of_scheme(text)..at).unwrap_or_default();
    login.contains(':')
        || text.rfind('@').is_some_and(|login_end| login_end > at)
        || text.to_ascii_lowercase().contains("pass")
}

/// What variables are called; in braces it is no password that somebody chose.
fn is_upper(name: &str) -> bool {
    !name.chars().any(|c| c.is_ascii_lowercase())
}
