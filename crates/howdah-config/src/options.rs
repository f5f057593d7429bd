//! libpq's `options`: settings of the server that a session starts with.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-OPTIONS>

const ALLOWED: &str = "is not understood; write `-c name=value` or `--name=value`, with spaces between them and a \
                       backslash before a space in a value";

/// The settings in their order, names as the server knows them.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut words = words(text).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--") {
            Some(setting) => setting.to_owned(),
            None => match word.strip_prefix("-c") {
                Some("") => words.next().ok_or(ALLOWED)?,
                Some(setting) => setting.to_owned(),
                None => return Err(ALLOWED.to_owned()),
            },
        };
        settings.push(name_and_value(&setting)?);
    }
    if settings.is_empty() {
        return Err(ALLOWED.to_owned());
    }
    Ok(settings)
}

/// The text that [`parse`] reads as these settings.
pub(crate) fn render(settings: &[(String, String)]) -> String {
    let escape = |value: &str| value.replace('\\', "\\\\").replace(' ', "\\ ");
    let words: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("-c {name}={}", escape(value)))
        .collect();
    words.join(" ")
}

/// The server takes `-` for `_` in names.
fn name_and_value(setting: &str) -> Result<(String, String), String> {
    let (name, value) = setting.split_once('=').ok_or(ALLOWED)?;
    let name = name.replace('-', "_");
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if starts && name.chars().all(belongs) && !value.contains(char::is_control) {
        return Ok((name.to_lowercase(), value.to_owned()));
    }
    Err(ALLOWED.to_owned())
}

/// Split at white space; a backslash takes the next character as it is.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c.is_ascii_whitespace() {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(if c == '\\' {
                chars.next().unwrap_or(c)
            } else {
                c
            });
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    #[test]
    fn both_spellings_are_read_and_rendered_as_one() {
        for text in [
            "-c jit=off --statement-timeout=5s",
            "-cjit=off   -c statement_timeout=5s",
        ] {
            assert_eq!(render(&pairs(text)), "-c jit=off -c statement_timeout=5s");
        }
    }

    #[test]
    fn a_backslash_keeps_a_space_in_a_value() {
        let settings = pairs(r"-c search_path=a,\ b -c x.y=\\");
        assert_eq!(settings[0].1, "a, b");
        assert_eq!(settings[1], ("x.y".to_owned(), "\\".to_owned()));
        assert_eq!(pairs(&render(&settings)), settings);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "garbage", "-c", "-c jit", "--=1", "-x 1", "", "  ", "-c 1a=2",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
