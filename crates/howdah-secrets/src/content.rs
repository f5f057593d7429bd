use zeroize::Zeroizing;

use crate::{Error, Origin, Rules, Secret, is_placeholder};

/// A secret as the bytes of a file or of a program's output: one line, of which one line ending is taken off.
pub(crate) fn from_bytes(
    bytes: &[u8],
    origin: &Origin,
    rules: Rules,
    warnings: &mut Vec<String>,
) -> Result<Secret, Error> {
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        let why = "starts with a byte order mark (BOM); save it as UTF-8 without one";
        return Err(Error::content(origin, why));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let why = format!(
            "is not UTF-8 at byte {}; save it as UTF-8",
            error.valid_up_to()
        );
        Error::content(origin, why)
    })?;
    from_text(one_line(text, origin)?, origin, rules, warnings)
}

/// A secret as a text that is taken byte for byte.
pub(crate) fn from_text(
    text: &str,
    origin: &Origin,
    rules: Rules,
    warnings: &mut Vec<String>,
) -> Result<Secret, Error> {
    if let Some(why) = problem(text) {
        return Err(Error::content(origin, why));
    }
    if rules == Rules::Production && is_placeholder(text) {
        let why = "is a placeholder; put a generated password in its place";
        return Err(Error::content(origin, why));
    }
    warnings.extend(hints(text).map(|hint| format!("the secret from {origin} {hint}")));
    Ok(Secret::new(text))
}

/// Takes exactly one line ending off: whoever wrote two may have meant the second, so it is never silently lost.
fn one_line<'a>(text: &'a str, origin: &Origin) -> Result<&'a str, Error> {
    let body = text.trim_end_matches(['\n', '\r']);
    if body.is_empty() && !text.is_empty() {
        let why = "is empty: there is nothing but a line ending";
        return Err(Error::content(origin, why));
    }
    let line = text
        .strip_suffix("\r\n")
        .or_else(|| text.strip_suffix('\n'))
        .unwrap_or(text);
    let rest = text.get(body.len()..).unwrap_or_default();
    match rest.matches('\n').count() {
        _ if line.len() == body.len() => Ok(line),
        0 | 1 => Err(Error::content(
            origin,
            "ends with a bare carriage return; keep one line ending at most",
        )),
        count => Err(Error::content(
            origin,
            format!("ends with {count} trailing newlines; keep one at most"),
        )),
    }
}

fn problem(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("is empty".to_owned());
    }
    if text.contains('\0') {
        return Some("holds a NUL byte; save it as plain text".to_owned());
    }
    if text.contains(['\n', '\r']) {
        return Some(format!(
            "holds more than one line{}; a password is one line",
            whole_file(text)
        ));
    }
    if text.contains(char::is_control) {
        return Some(format!("holds a control character, {SASLPREP}"));
    }
    saslprep_problem(text)
}

const SASLPREP: &str = "which is not allowed by SASLprep (RFC 4013), so that clients would disagree on the password; \
                        use letters, digits and ASCII punctuation";

/// PostgreSQL falls back to the raw bytes where `SASLprep` fails, and clients differ in whether they do.
fn saslprep_problem(text: &str) -> Option<String> {
    // The library's error holds the character, so it goes no further.
    let Ok(prepared) = stringprep::saslprep(text) else {
        return Some(format!(
            "holds a character or a mix of writing directions {SASLPREP}"
        ));
    };
    let prepared = Zeroizing::new(prepared.into_owned());
    prepared
        .is_empty()
        .then(|| format!("holds nothing but invisible characters, {SASLPREP}"))
}

fn whole_file(text: &str) -> &'static str {
    if is_pem(text) {
        return " and looks like a PEM block";
    }
    if is_json(text) {
        return " and looks like JSON";
    }
    if is_assignment(text) {
        return " and looks like an env file";
    }
    " (was a whole file pasted?)"
}

fn hints(text: &str) -> impl Iterator<Item = &'static str> {
    let rows = [
        (
            text.trim() != text,
            "starts or ends with a space, which is taken as part of the secret",
        ),
        (
            is_assignment(text),
            "looks like `KEY=value`; all of it is taken as the secret; keep only the value if that is what is meant",
        ),
        (
            is_json(text),
            "looks like JSON; all of it is taken as the secret; keep only the password if that is what is meant",
        ),
        (
            is_pem(text),
            "looks like a PEM block; a password is meant here, not a key or a certificate",
        ),
    ];
    rows.into_iter()
        .filter_map(|(applies, hint)| applies.then_some(hint))
}

/// `^[A-Z_][A-Z0-9_]*=`
fn is_assignment(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

/// An object with a quoted key: `{a=1}` and `{}` are passwords that people have.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    let inner = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| inner.trim_start().starts_with('"') && inner.contains(':'))
}

fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN ")
}
