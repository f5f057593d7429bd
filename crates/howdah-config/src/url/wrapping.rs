use super::fault::Fault;
use super::parameter;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A longer text is not looked at.
const LONGEST: usize = 16 * 1024;

/// Refuses what was pasted around a URL, and what is no URL at first sight.
pub(super) fn refuse(text: &str) -> Result<(), Fault> {
    if text.len() > LONGEST {
        return Err(Fault::whole(
            "the connection URL is longer than 16 KiB: it cannot be one",
        ));
    }
    if text.trim().is_empty() {
        return Err(Fault::whole(
            "the connection URL is empty: write `postgresql://user@host/database`",
        ));
    }
    if text.starts_with(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK) {
        return Err(Fault::whole(
            "the connection URL starts with a space, a line break or a byte order mark: remove it",
        ));
    }
    if text.ends_with(char::is_whitespace) {
        return Err(Fault::whole(
            "the connection URL ends with a space or a line break: remove it",
        ));
    }
    if is_quoted(text) {
        return Err(Fault::whole(
            "the connection URL stands in quotes: remove them",
        ));
    }
    if is_assignment(text) {
        return Err(Fault::whole(
            "the name of a variable stands in front of the URL: give only what follows the `=`",
        ));
    }
    Ok(())
}

/// A value of keyword=value may end with a quote, a URL may not.
fn is_quoted(text: &str) -> bool {
    text.starts_with(['"', '\'', '`', '\u{201c}', '\u{2018}'])
        || (text.starts_with("postgres") && text.ends_with('"'))
}

/// `DATABASE_URL=postgres://...`, perhaps with `export` or quotes.
fn is_assignment(text: &str) -> bool {
    let Some((name, value)) = text.split_once('=') else {
        return false;
    };
    let name = name.strip_prefix("export ").unwrap_or(name).trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let value = value
        .trim_start_matches(['"', '\'', ' '])
        .to_ascii_lowercase();
    name.chars().all(plain)
        && parameter::find(name).is_none()
        && value.starts_with("postgres")
        && value.contains("://")
}
